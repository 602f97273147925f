"""The unmodified SDK with its default credential chain, driven by lines: see test/sdks/client.ts."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
import botocore

sessions = {}
session = boto3
sts = None
s3 = None


def use_profile(name):
    """Sessions stay, as in a program that works with several AWS accounts at once."""
    global session, sts, s3
    session = sessions[name] = sessions.get(name) or boto3.Session(profile_name=name)
    sts = s3 = None
    return session.region_name


def client_of(service):
    return session.client(service)


def identity():
    global sts
    # Made when it is first needed: the SDK looks for credentials as it makes a client.
    sts = sts or client_of("sts")
    return sts.get_caller_identity()["Arn"]


def read(bucket, key):
    global s3
    s3 = s3 or client_of("s3")
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()


def parallel(count):
    global sts
    sts = sts or client_of("sts")
    with ThreadPoolExecutor(int(count)) as pool:
        return sorted(set(pool.map(lambda _: identity(), range(int(count)))))


COMMANDS = {
    "identity": lambda: {"identity": identity()},
    "read": lambda bucket, key: {"text": read(bucket, key)},
    "parallel": lambda count: {"identities": parallel(count)},
    "profile": lambda name, _: {"region": use_profile(name)},
}


def answer(command, *words):
    try:
        return COMMANDS[command](*words)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


print(json.dumps({"version": f"boto3 {boto3.__version__}, botocore {botocore.__version__}"}), flush=True)
for line in sys.stdin:
    if line.strip() == "quit":
        break
    print(json.dumps(answer(*line.split())), flush=True)
