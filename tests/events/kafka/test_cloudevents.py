from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

import pytest
from aiokafka.partitioner import DefaultPartitioner
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from helmlog_events.canonical import canonical_json, content_digest, leaf_hash
from helmlog_events.envelope import Metadata, RecordedEvent, SourcedEvent
from helmlog_events.kafka.cloudevents import UnreadableMessage, decode, encode
from helmlog_events.kafka.partitions import PARTITIONS, partition_of, topic_of
from hypothesis import given
from hypothesis import strategies as st

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Message(NamedTuple):
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def message_of(record: RecordedEvent, source="okr") -> Message:
    return Message(*encode(source, record))


def without(message: Message, name: str) -> Message:
    return message._replace(headers=[header for header in message.headers if header[0] != name])


def changed(message: Message, name: str, value: bytes) -> Message:
    assert name in dict(message.headers)
    return message._replace(headers=[*without(message, name).headers, (name, value)])


def entry(
    data="{}",
    *,
    seq=7,
    tenant="acme",
    stream="key_result-1",
    version=2,
    event_type="KeyResultUpdated",
    schema_version=1,
    metadata=None,
    occurred_at=datetime(2020, 1, 31, 12, tzinfo=UTC),
    recorded_at=datetime(2020, 2, 1, 0, 0, 0, 123456, tzinfo=UTC),
    event_id=None,
) -> RecordedEvent:
    metadata = metadata or Metadata(actor="ann").canonical
    event_id = event_id or uuid4()
    content = content_digest(
        tenant=tenant,
        stream=stream,
        event_id=event_id,
        event_type=event_type,
        schema_version=schema_version,
        occurred_at=occurred_at,
        data=data.encode(),
        metadata=metadata,
    )
    return RecordedEvent(
        seq=seq,
        tenant=tenant,
        stream=stream,
        version=version,
        event_id=event_id,
        type=event_type,
        schema_version=schema_version,
        data=data,
        metadata=metadata.decode(),
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        leaf=leaf_hash(content=content, recorded_at=recorded_at, seq=seq, version=version),
        hash=bytes(range(32)),
    )


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40)
JSON = st.dictionaries(
    TEXT.filter(lambda text: max(map(ord, text)) < 0x10000),
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
)
MOMENTS = st.datetimes(timezones=st.just(UTC))
ENTRIES = st.builds(
    entry,
    JSON.map(canonical_json).map(bytes.decode),
    seq=st.integers(1, 2**63 - 1),
    tenant=TEXT,
    stream=TEXT,
    version=st.integers(1, 2**31 - 1),
    event_type=st.from_regex(r"[A-Z][A-Za-z]{0,30}", fullmatch=True),
    schema_version=st.integers(1, 99),
    metadata=st.builds(
        Metadata,
        actor=TEXT,
        correlation_id=st.none() | st.uuids(),
        causation_id=st.none() | TEXT,
        traceparent=st.none() | st.just(TRACEPARENT),
    ).map(lambda metadata: metadata.canonical),
    occurred_at=MOMENTS,
    recorded_at=MOMENTS,
    event_id=st.uuids(),
)


@given(ENTRIES)
def test_an_entry_survives_its_message_byte_for_byte(record):
    assert decode(message_of(record)) == SourcedEvent("okr", record)


def test_the_official_sdk_reads_the_message():
    metadata = Metadata(actor="ann", traceparent=TRACEPARENT)
    record = entry('{"progress":"0.5"}', metadata=metadata.canonical)
    message = message_of(record)
    event = from_binary_event(
        KafkaMessage(headers=dict(message.headers), key=message.key, value=message.value)
    )
    assert event.get_specversion() == "1.0"
    assert event.get_id() == str(record.event_id)
    assert event.get_type() == "KeyResultUpdated"
    assert event.get_source() == "/helmlog/okr"
    assert event.get_subject() == "key_result-1"
    assert event.get_time() == record.occurred_at
    assert event.get_datacontenttype() == "application/json"
    assert event.get_data() == {"progress": "0.5"}
    extensions = {
        "tenantid": "acme",
        "seq": "7",
        "streamversion": "2",
        "schemaversion": "1",
        "entryhash": record.hash.hex(),
        "recordedat": "2020-02-01T00:00:00.123456Z",
        "metadata": record.metadata,
        "traceparent": TRACEPARENT,
    }
    assert {name: event.get_extension(name) for name in extensions} == extensions


def test_the_value_is_the_canonical_data_and_the_key_the_stream():
    message = message_of(entry('{"a":1,"b":"ö"}'))
    assert message.value == '{"a":1,"b":"ö"}'.encode()
    assert message.key == b"key_result-1"


def test_header_names_are_read_whatever_their_case():
    message = message_of(record := entry())
    shouted = message._replace(headers=[(name.upper(), value) for name, value in message.headers])
    assert decode(shouted).record == record


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lambda m: without(m, "ce_specversion"), "no header ce_specversion"),
        (lambda m: changed(m, "ce_specversion", b"0.3"), "'0.3' is not 1.0"),
        (lambda m: changed(m, "content-type", b"text/csv"), "'text/csv', not JSON"),
        (lambda m: changed(m, "ce_source", b"/elsewhere"), "not a Helmlog log"),
        (lambda m: changed(m, "ce_seq", b"-1"), "not a positive number"),
        (lambda m: changed(m, "ce_seq", "٣".encode()), "not a positive number"),
        (lambda m: changed(m, "ce_streamversion", b"0"), "not a positive number"),
        (lambda m: changed(m, "ce_id", b"17"), "can't be read"),
        (lambda m: changed(m, "ce_tenantid", b"\xff"), "can't be read"),
        (lambda m: changed(m, "ce_tenantid", b"a\0b"), "NUL"),
        (lambda m: changed(m, "ce_time", b"yesterday"), "can't be read"),
        (lambda m: changed(m, "ce_time", b"2020-01-31T12:00:00+00:00"), "as the log spells it"),
        (lambda m: changed(m, "ce_entryhash", b"abcd"), "32 bytes"),
        (lambda m: changed(m, "ce_entryhash", b"xyz"), "can't be read"),
        (lambda m: changed(m, "ce_metadata", b'{"b":1, "a":2}'), "metadata is not canonical"),
        (lambda m: m._replace(value=b'{"b": 1}'), "the data is not canonical"),
        (lambda m: m._replace(value=b"not JSON"), "can't be read"),
        (lambda m: m._replace(value=None), "no data"),
        (lambda m: m._replace(key=b"another"), "is not the stream"),
        (lambda m: m._replace(key=None), "is not the stream"),
    ],
)
def test_what_is_not_an_entry_is_refused_with_its_reason(break_it, reason):
    with pytest.raises(UnreadableMessage, match=reason):
        decode(break_it(message_of(entry())))


@given(TEXT)
def test_a_stream_goes_where_the_default_partitioner_would_put_it(stream):
    everywhere = list(range(PARTITIONS))
    assert partition_of(stream) == DefaultPartitioner()(stream.encode(), everywhere, everywhere)


def test_every_log_has_its_topic():
    assert topic_of("okr") == "helmlog.okr.events.v1"
