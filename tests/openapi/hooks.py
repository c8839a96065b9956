"""What the description of the API cannot say, told to schemathesis: how texts of some formats are made, and which
requests are refused for what their parts say of each other."""

import base64
import itertools
import re
import string

import schemathesis
from hypothesis import strategies as st


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


# A cursor is opaque, and only the daemon makes good ones.
schemathesis.openapi.format("cursor", st.text(string.ascii_letters, min_size=1).map(lambda text: base64url(text.encode())))
schemathesis.openapi.format("base64url", st.binary(min_size=1, max_size=64).map(base64url))

# `after` and `before` each go with one order; a period begins before it ends, and has 400 buckets at the most; a session
# has its client already. And the coverage phase of 4.32.5 writes 0 into a header that has a pattern.
RULES = {
    "GET /api/events/stream": {"Last-Event-ID"},
    "GET /api/events": {"after", "before"},
    "GET /api/stats": {"from", "bucketSeconds"},
    "POST /api/webhooks": {"clientId"},
}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """False: it is none."""
    if failure.title != "Schema-valid request rejected" or response.status_code != 400:
        return True
    problem = response.json()
    wrong = problem.get("parameter") or problem.get("field") or problem.get("header")
    return wrong not in RULES.get(case.operation.label, set())


NUMBERS = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Good keys are used once: the second request under the same one would get no further than 422."""
    key = (case.headers or {}).get("Idempotency-Key")
    if key is not None and re.fullmatch(r"[!-~]{1,240}", str(key)):
        case.headers["Idempotency-Key"] = f"{key}-{next(NUMBERS)}"
