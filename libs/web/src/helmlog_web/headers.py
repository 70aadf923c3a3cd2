"""Headers of the HTTP contract, read strictly: a malformed one is refused, never guessed at."""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request

from helmlog_web.problems import Problem, validation_problem

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
IDEMPOTENCY_REPLAYED: Final = "Idempotency-Replayed"
IF_MATCH: Final = "If-Match"
SEQ: Final = "Helmlog-Seq"
MIN_SEQ: Final = "Helmlog-Min-Seq"

MAX_BIGINT: Final = 2**63 - 1

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_ETAG: Final = re.compile(r'"(0|[1-9][0-9]{0,17})"')
# Version 00 of W3C Trace Context; all-zero ids are invalid there.
_TRACEPARENT: Final = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def etag(version: int) -> str:
    return f'"{version}"'


def idempotency_key(request: Request) -> str | None:
    value = request.headers.get(IDEMPOTENCY_KEY)
    if value is not None and _KEY.fullmatch(value) is None:
        raise _malformed(IDEMPOTENCY_KEY, "1 to 255 visible ASCII characters are expected")
    return value


def if_match(request: Request) -> int | None:
    """The version a write is conditional on; `*` sets no condition beyond existence."""
    value = request.headers.get(IF_MATCH)
    if value is None or value.strip() == "*":
        return None
    found = _ETAG.fullmatch(value.strip())
    if found is None:
        raise _malformed(IF_MATCH, 'one strong ETag is expected, as in "3"')
    return int(found[1])


def traceparent(request: Request) -> str | None:
    """The caller's trace; a malformed one is dropped, as W3C Trace Context asks."""
    value = request.headers.get("traceparent")
    return value if value is not None and _TRACEPARENT.fullmatch(value) else None


def _malformed(name: str, detail: str) -> Problem:
    return validation_problem([{"in": "header", "name": name.lower(), "detail": detail}])
