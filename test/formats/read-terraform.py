"""Reads modules of Terraform by python-hcl2: a JSON list of texts in, a JSON list of what each says out.

What is in jsonencode(...) is an expression to python-hcl2; it is read as one, so that documents come out as values.
"""
import json
import re
import sys

import hcl2

OPTIONS = hcl2.SerializationOptions(strip_string_quotes=True, with_comments=False, explicit_blocks=False)
ENCODED = re.compile(r"\$\{jsonencode\((.*)\)\}", re.DOTALL)


def read(text):
    return hcl2.loads(text, serialization_options=OPTIONS)


def decode(value):
    if isinstance(value, dict):
        return {key: decode(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [decode(inner) for inner in value]
    found = ENCODED.fullmatch(value) if isinstance(value, str) else None
    return read(f"value = {found[1]}\n")["value"] if found else value


def answer(text):
    try:
        return {"module": decode(read(text))}
    except Exception as error:  # Each kind of parser's own.
        return {"error": f"{type(error).__name__}: {error}"}


json.dump([answer(text) for text in json.load(sys.stdin)], sys.stdout)
