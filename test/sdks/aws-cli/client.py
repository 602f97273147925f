"""The unmodified AWS CLI, a process for each command, driven by lines: see test/sdks/client.ts."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

AWS = os.path.join(os.path.dirname(sys.executable), "aws")


profile = []


def use_profile(name):
    global profile
    profile = ["--profile", name]
    return aws("configure", "get", "region").strip()


def aws(*words):
    words = [*words, *profile]
    done = subprocess.run([AWS, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def identity():
    return json.loads(aws("sts", "get-caller-identity", "--output", "json"))["Arn"]


def parallel(count):
    with ThreadPoolExecutor(int(count)) as pool:
        return sorted(set(pool.map(lambda _: identity(), range(int(count)))))


COMMANDS = {
    "identity": lambda: {"identity": identity()},
    "read": lambda bucket, key: {"text": aws("s3", "cp", f"s3://{bucket}/{key}", "-")},
    "parallel": lambda count: {"identities": parallel(count)},
    "profile": lambda name, _: {"region": use_profile(name)},
    "aws": lambda *words: {"text": aws(*words)},
}


def answer(command, *words):
    try:
        return COMMANDS[command](*words)
    except Exception as error:
        return {"error": str(error)}


version = subprocess.run([AWS, "--version"], capture_output=True, text=True).stdout.split()[0]
print(json.dumps({"version": version.replace("/", " ")}), flush=True)
for line in sys.stdin:
    if line.strip() == "quit":
        break
    print(json.dumps(answer(*line.split())), flush=True)
