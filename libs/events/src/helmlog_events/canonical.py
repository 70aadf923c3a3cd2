"""The bytes that are hashed: RFC 8785 JSON, leaves, and the chain between them."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from helmlog_events.clock import rfc3339

GENESIS = bytes(32)
"""What the first entry of a log is chained to."""


def canonical_json(value: Any) -> bytes:
    """RFC 8785 (JCS) for the values an event may hold.

    Exact for strings, booleans, null, whole numbers within 2^53, lists, and objects whose keys lie
    in the Basic Multilingual Plane; contracts admit nothing else (fractions are strings).

    Raises `TypeError` for text that is not Unicode (a lone surrogate).
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def content_digest(
    *,
    tenant: str,
    stream: str,
    event_id: UUID,
    event_type: str,
    schema_version: int,
    occurred_at: datetime,
    data: bytes,
    metadata: bytes,
) -> bytes:
    """SHA-256 of what the writer says; `data` and `metadata` are canonical JSON already."""
    # The keys stand in sorted order, so that joining canonical parts gives a canonical whole.
    return sha256(
        b'{"data":%b,"event_id":"%b","metadata":%b,"occurred_at":"%b","schema_version":%d,'
        b'"stream":%b,"tenant":%b,"type":%b}'
        % (
            data,
            str(event_id).encode(),
            metadata,
            rfc3339(occurred_at).encode(),
            schema_version,
            orjson.dumps(stream),
            orjson.dumps(tenant),
            orjson.dumps(event_type),
        )
    ).digest()


def leaf_hash(*, content: bytes, recorded_at: datetime, seq: int, version: int) -> bytes:
    """SHA-256 of the whole envelope: the writer's content and the place the log gave it."""
    return sha256(
        b'{"content":"%b","recorded_at":"%b","seq":%d,"version":%d}'
        % (content.hex().encode(), rfc3339(recorded_at).encode(), seq, version)
    ).digest()


def chain_hash(previous: bytes, leaf: bytes) -> bytes:
    """SHA-256 over the entry before and this leaf."""
    return sha256(previous + leaf).digest()
