"""aws-c-auth, on which Mountpoint for S3 and the Swift SDK are built, with its default credential chain: signs calls that are sent by
other means. Driven by lines: see test/sdks/client.ts."""

import io
import json
import os
import re
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import awscrt
import awscrt.auth as auth
import awscrt.http as http
import awscrt.io

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
BOOTSTRAP = awscrt.io.ClientBootstrap.get_or_create_static_default()
provider = auth.AwsCredentialsProvider.new_default_chain(BOOTSTRAP)
# It only signs, so where calls go is the program's to know.
region = os.environ.get("AWS_REGION", "eu-west-1")


def use_profile(name, region_of_profile):
    global provider, region
    provider = auth.AwsCredentialsProvider.new_profile(BOOTSTRAP, profile_name=name)
    region = region_of_profile
    return name


def call(service, method, path, body=b""):
    headers = [("Host", ENDPOINT.removeprefix("http://")), ("Content-Length", str(len(body)))]
    if body:
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    request = http.HttpRequest(method, path, http.HttpHeaders(headers), io.BytesIO(body))
    config = auth.AwsSigningConfig(
        algorithm=auth.AwsSigningAlgorithm.V4,
        signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
        credentials_provider=provider,
        region=region,
        service=service,
        signed_body_header_type=auth.AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256,
    )
    auth.aws_sign_request(request, config).result()
    signed = urllib.request.Request(
        ENDPOINT + path, data=body or None, headers=dict(request.headers), method=method
    )
    try:
        with urllib.request.urlopen(signed) as response:
            return response.read().decode()
    except urllib.error.HTTPError as error:
        raise RuntimeError(error.read().decode()) from error


def identity():
    text = call("sts", "POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15")
    return re.search("<Arn>(.*)</Arn>", text)[1]


def parallel(count):
    with ThreadPoolExecutor(int(count)) as pool:
        return sorted(set(pool.map(lambda _: identity(), range(int(count)))))


COMMANDS = {
    "identity": lambda: {"identity": identity()},
    "read": lambda bucket, key: {"text": call("s3", "GET", f"/{bucket}/{key}")},
    "parallel": lambda count: {"identities": parallel(count)},
    "profile": lambda name, region: {"text": use_profile(name, region)},
}


def answer(command, *words):
    try:
        return COMMANDS[command](*words)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


print(json.dumps({"version": f"awscrt {awscrt.__version__}"}), flush=True)
for line in sys.stdin:
    if line.strip() == "quit":
        break
    print(json.dumps(answer(*line.split())), flush=True)
