"""Entries of a log as Kafka messages: CloudEvents 1.0, binary mode.

The value is the canonical data as it was hashed; everything else stands in headers, so that an
entry can be built again from its message, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple, Protocol
from uuid import UUID

import orjson

from helmlog_events.canonical import canonical_json, content_digest, leaf_hash
from helmlog_events.clock import rfc3339
from helmlog_events.envelope import RecordedEvent, SourcedEvent

Header = tuple[str, bytes]

_SOURCE_PREFIX: Final = "/helmlog/"
_HASH_BYTES: Final = 32


class UnreadableMessage(ValueError):
    """The message is not an entry of a Helmlog log; the text says why."""


class EncodedEvent(NamedTuple):
    key: bytes
    value: bytes
    headers: list[Header]


class KafkaMessage(Protocol):
    """What is read of a consumed message."""

    @property
    def key(self) -> bytes | None: ...

    @property
    def value(self) -> bytes | None: ...

    @property
    def headers(self) -> Sequence[Header]: ...


def encode(source: str, record: RecordedEvent) -> EncodedEvent:
    """The message that carries `record` out of the log of `source`."""
    key = record.stream.encode()
    headers = [
        *_fixed_headers(source, record.type, record.schema_version),
        ("ce_id", str(record.event_id).encode()),
        ("ce_subject", key),
        ("ce_time", rfc3339(record.occurred_at).encode()),
        ("ce_recordedat", rfc3339(record.recorded_at).encode()),
        ("ce_tenantid", record.tenant.encode()),
        ("ce_seq", b"%d" % record.seq),
        ("ce_streamversion", b"%d" % record.version),
        ("ce_entryhash", record.hash.hex().encode()),
        ("ce_metadata", record.metadata.encode()),
    ]
    if '"traceparent"' in record.metadata:
        traceparent = orjson.loads(record.metadata).get("traceparent")
        if traceparent is not None:
            headers.append(("ce_traceparent", str(traceparent).encode()))
    return EncodedEvent(key, record.data.encode(), headers)


def decode(message: KafkaMessage) -> SourcedEvent:
    """The entry that `message` carries, its leaf computed from what was received.

    Raises `UnreadableMessage`.
    """
    try:
        return _decode(message)
    except UnreadableMessage:
        raise
    except (ValueError, TypeError, OverflowError) as error:
        raise UnreadableMessage(f"a header or the data can't be read: {error}") from error


def seq_of(message: KafkaMessage) -> int | None:
    """The place in its log that a message claims; None if it claims none."""
    text = dict(message.headers).get("ce_seq")
    return int(text) if text is not None and text.isdigit() else None


def _decode(message: KafkaMessage) -> SourcedEvent:
    headers = {name.lower(): value for name, value in message.headers}

    def text(name: str) -> str:
        value = headers.get(name)
        if value is None:
            raise UnreadableMessage(f"there is no header {name}")
        if b"\x00" in value:
            raise UnreadableMessage(f"the header {name} holds a NUL character")
        return value.decode()

    if (version := text("ce_specversion")) != "1.0":
        raise UnreadableMessage(f"CloudEvents {version!r} is not 1.0")
    if not text("content-type").startswith("application/json"):
        raise UnreadableMessage(f"the content is {text('content-type')!r}, not JSON")
    if not (named := text("ce_source")).startswith(_SOURCE_PREFIX):
        raise UnreadableMessage(f"the source {named!r} is not a Helmlog log")
    source = named.removeprefix(_SOURCE_PREFIX)
    schema_version = _positive("ce_schemaversion", text("ce_schemaversion"))
    event_type = text("ce_type")
    stream = text("ce_subject")
    if message.key != stream.encode():
        raise UnreadableMessage(f"the key {message.key!r} is not the stream {stream!r}")
    if message.value is None:
        raise UnreadableMessage("there is no data")
    data = _canonical("the data", message.value)
    metadata = _canonical("the metadata", text("ce_metadata").encode())
    if len(entry_hash := bytes.fromhex(text("ce_entryhash"))) != _HASH_BYTES:
        raise UnreadableMessage("the entry hash is not 32 bytes long")

    tenant, event_id = text("ce_tenantid"), UUID(text("ce_id"))
    occurred_at, recorded_at = _instant(text("ce_time")), _instant(text("ce_recordedat"))
    seq = _positive("ce_seq", text("ce_seq"))
    stream_version = _positive("ce_streamversion", text("ce_streamversion"))
    content = content_digest(
        tenant=tenant,
        stream=stream,
        event_id=event_id,
        event_type=event_type,
        schema_version=schema_version,
        occurred_at=occurred_at,
        data=data,
        metadata=metadata,
    )
    record = RecordedEvent(
        seq=seq,
        tenant=tenant,
        stream=stream,
        version=stream_version,
        event_id=event_id,
        type=event_type,
        schema_version=schema_version,
        data=data.decode(),
        metadata=metadata.decode(),
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        leaf=leaf_hash(content=content, recorded_at=recorded_at, seq=seq, version=stream_version),
        hash=entry_hash,
    )
    return SourcedEvent(source, record)


@lru_cache(maxsize=1_024)
def _fixed_headers(source: str, event_type: str, schema_version: int) -> tuple[Header, ...]:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_type", event_type.encode()),
        ("ce_source", f"{_SOURCE_PREFIX}{source}".encode()),
        ("ce_schemaversion", b"%d" % schema_version),
        ("content-type", b"application/json"),
    )


def _positive(name: str, digits: str) -> int:
    if not (digits.isascii() and digits.isdigit()) or (number := int(digits)) == 0:
        raise UnreadableMessage(f"{name} is {digits!r}, not a positive number")
    return number


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if rfc3339(moment) != text:
        raise UnreadableMessage(f"the instant {text!r} is not as the log spells it")
    return moment


def _canonical(what: str, received: bytes) -> bytes:
    # Whatever was respelled on the way would give another hash than the log has.
    if canonical_json(orjson.loads(received)) != received:
        raise UnreadableMessage(f"{what} is not canonical JSON")
    return received
