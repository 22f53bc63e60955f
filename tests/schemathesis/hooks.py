"""What can't be said in a schema, put right before it is sent.

Points have at most two decimal places. Multiples of 0.01 that Python computes in
binary fractions have more (57 * 0.01 is 0.5700000000000001); what is a multiple
up to that error is sent as the multiple it stands for. Everything else is sent as
it was made, also what is wrong on purpose.

An Idempotency-Key belongs to one request for ever. Keys are made up anew for each
example, and short ones come again; what is a key gets an ending of its own.
"""

import re
import uuid

import schemathesis


def exact(value):
    if isinstance(value, dict):
        return {name: exact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [exact(inner) for inner in value]
    if isinstance(value, float) and abs(value) < 1e15:
        rounded = round(value, 2)
        if value != rounded and abs(value - rounded) <= abs(value) * 1e-12:
            return rounded
    return value


@schemathesis.hook
def map_body(context, body):
    return exact(body)


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = case.headers or {}
    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch(r"[!-~]{1,255}", key):
        headers["Idempotency-Key"] = f"{key[:218]}-{uuid.uuid4()}"
