"""The C++ SDK inside Apache Arrow, with its default credential chain. Arrow knows S3 only: it answers `identity` with an object that
it has read, and whose call that was tells the trail of the strict AWS. Driven by lines: see test/sdks/client.ts."""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pyarrow
from pyarrow import fs

s3 = None


def file_system():
    global s3
    # Arrow wants a host and not a URL.
    endpoint = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://")
    s3 = s3 or fs.S3FileSystem(endpoint_override=endpoint, scheme="http")
    return s3


def read(bucket, key):
    with file_system().open_input_file(f"{bucket}/{key}") as file:
        return file.read().decode()


def parallel(count, bucket, key):
    file_system()
    with ThreadPoolExecutor(int(count)) as pool:
        return list(pool.map(lambda _: read(bucket, key), range(int(count))))[0]


COMMANDS = {"read": read, "parallel": parallel}


def answer(command, *words):
    try:
        return {"text": COMMANDS[command](*words)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


print(json.dumps({"version": f"in pyarrow {pyarrow.__version__}"}), flush=True)
for line in sys.stdin:
    if line.strip() == "quit":
        break
    print(json.dumps(answer(*line.split())), flush=True)
