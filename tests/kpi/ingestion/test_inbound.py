"""The inbound topic's messages, as upstream systems write them."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from dataclasses import replace
from uuid import uuid4

import asyncpg
import orjson
import pytest
from aiokafka import ConsumerRecord
from helmlog_events.contracts.kpi import KPIThresholdBreached, ReadingsIngested, SourceRevoked
from helmlog_events.ids import stream_id
from helmlog_events.kafka.claims import Claim, Fenced
from kpi_service.application.inbound import InboundReadings
from kpi_service.application.source_gate import SourceGate

from tests.kpi.domain.builders import rule
from tests.kpi.service import ACCEPTED, Service, raw

TOPIC = "helmlog.kpi.readings.v1"


def message(content, offset=0, headers=(), partition=0) -> ConsumerRecord:
    value = content if isinstance(content, bytes) else orjson.dumps(content)
    size = len(value)
    return ConsumerRecord(TOPIC, partition, offset, 0, 0, b"key", value, None, 3, size, headers)


def inbound(service: Service, gate: SourceGate | None = None) -> InboundReadings:
    return InboundReadings(
        service.store,
        service.ingestion,
        service.partitions,
        ACCEPTED,
        service.tenant,
        gate or service.gate,
    )


async def hand(handler, claim, messages):
    await handler.handle(claim, await handler.read(messages))


@pytest.fixture
async def claim(database) -> Claim:
    return await claimed(database)


async def claimed(database, partition=0) -> Claim:
    name = uuid4().hex
    connection = await asyncpg.connect(database.superuser)
    await connection.execute(
        "INSERT INTO consumer_positions VALUES ($1, $2, $3, 1, 0, NULL)", name, TOPIC, partition
    )
    await connection.close()
    return Claim(name, TOPIC, partition, 1)


async def stored(service: Service) -> list[str]:
    rows = await service.rows(
        "SELECT value FROM readings WHERE tenant = $1 ORDER BY observed_at, revision"
    )
    return [format(one.value, "f") for one in rows]


async def letters(service: Service, claim: Claim) -> list[tuple[int, int, str]]:
    async with service.engine.connect() as sql:
        found = await sql.exec_driver_sql(
            'SELECT "offset", part, reason FROM dead_letters WHERE value LIKE $1 OR value LIKE $2'
            ' ORDER BY "offset", part',
            (f"%{service.tenant}%".encode(), b"%never%"),
        )
        return [tuple(row) for row in found.all()]


def told(kpi: str, place: int, value, tenant: str):
    # The tenant's name in the id tells this test's letters from those of others.
    return raw(kpi, place, value, id=tenant)


async def test_one_reading_or_an_array_a_message(service, claim):
    await service.define("demand")
    batch = [
        message(raw("demand", 0, 1)),
        message([raw("demand", 1, 2), raw("demand", 2, "3.5")], 1),
    ]
    await hand(inbound(service), claim, batch)
    assert await stored(service) == ["1", "2", "3.5"]
    (ingested,) = await service.events(ReadingsIngested)
    assert ingested.count == 3


async def test_cloud_events_are_read_in_either_mode(service, claim, database):
    async with Service.open(database.app) as other:
        await other.define("demand")
        named = other.tenant
        event = {
            "specversion": "1.0",
            "id": "1",
            "type": "reading",
            "source": "/feed",
            "tenantid": named,
        }
        encoded = b64encode(orjson.dumps(raw("demand", 4, 5))).decode()
        structured = ("content-type", b"application/cloudevents+json; charset=utf-8")
        batch = [
            message(raw("demand", 0, 1), 0, [("ce_tenantid", named.encode()), ("ce_id", b"1")]),
            message(raw("demand", 1, 2), 1, [("tenantid", named.encode())]),
            message(event | {"data": raw("demand", 2, 3)}, 2, [structured]),
            message(event | {"data": [raw("demand", 3, 4)]}, 3),
            message(event | {"data_base64": encoded}, 4),
            message(event | {"data_base64": "no base64 at all"}, 505),
        ]
        await hand(inbound(service), claim, batch)
        assert await stored(other) == ["1", "2", "3", "4", "5"]
        assert await stored(service) == []


async def test_a_reading_without_a_source_has_that_of_its_cloud_event(service, claim):
    await service.define("demand")
    event = {"specversion": "1.0", "id": "1", "type": "reading", "source": "urn:structured"}
    binary = [("ce_id", b"1"), ("ce_source", "/fühler/7".encode())]
    own = {"source": "own"}
    batch = [
        message(raw("demand", 0, 1), 0, binary),
        message([raw("demand", 1, 1) | own, raw("demand", 2, 1, source=None)], 1, binary),
        message(event | {"data": [raw("demand", 3, 1), raw("demand", 4, 1) | own]}, 2),
        message(event | {"data": raw("demand", 5, 1)}, 3, binary),
        message({**event, "source": None, "data": raw("demand", 6, 1)}, 4),
        message(raw("demand", 7, 1), 5, [("ce_id", b"1")]),
    ]
    await hand(inbound(service), claim, batch)
    rows = await service.rows("SELECT source FROM readings WHERE tenant = $1 ORDER BY observed_at")
    assert [one.source for one in rows] == [
        "/fühler/7",
        "own",
        "/fühler/7",
        "urn:structured",
        "own",
        "urn:structured",
        "default",
        "default",
    ]


async def test_a_cloud_events_source_that_can_be_none_is_told_with_the_reading(service, claim):
    await service.define("demand")
    tenant = service.tenant
    event = {"specversion": "1.0", "id": "1", "type": "reading"}
    batch = [
        message(event | {"source": "/" * 201, "data": told("demand", 0, 1, tenant)}, 600),
        message(event | {"source": 7, "data": told("demand", 1, 1, tenant)}, 601),
        message(told("demand", 2, 1, tenant), 602, [("ce_source", b"\xff")]),
        message(event | {"source": "/" * 200, "data": told("demand", 3, 1, tenant)}, 603),
    ]
    await hand(inbound(service), claim, batch)
    assert await stored(service) == ["1"]
    assert await letters(service, claim) == [
        (600, 0, "source has 201 characters; 1 to 200 are taken"),
        (601, 0, "source is no text"),
        (602, 0, "ce_source is not UTF-8"),
    ]


async def test_what_cannot_be_read_is_put_aside_and_the_rest_goes_on(service, claim, database):
    await service.define("demand")
    tenant = service.tenant
    batch = [
        message(told("demand", 0, 1, tenant), 0),
        message(f'{{"{tenant}"'.encode(), 1),
        message([told("demand", 1, 2, tenant), told("nothing", 1, 2, tenant)], 2),
        message(told("demand", 2, "NaN", tenant), 3),
        message(told("demand", 2, "9" * 400, tenant), 4),
        message(f'"{tenant}"'.encode(), 5),
        message(told("demand", 2, 1, tenant), 6, [("tenantid", b"no tenant")]),
        message(told("demand\x00", 2, 1, tenant), 7),
        message(told("demand", 3, 4, tenant), 8),
    ]
    await hand(inbound(service), claim, batch)
    assert await stored(service) == ["1", "2", "4"]
    put_aside = await letters(service, claim)
    assert [(offset, part) for offset, part, _ in put_aside] == [
        (1, 0),
        (2, 1),
        (3, 0),
        (4, 0),
        (5, 0),
        (6, 0),
        (7, 0),
    ]
    assert all(reason for _, _, reason in put_aside)
    await hand(inbound(service), claim, batch)
    assert await stored(service) == ["1", "2", "4"]
    assert await letters(service, claim) == put_aside


async def test_a_registered_source_writes_what_it_may_and_until_it_is_revoked(service, claim):
    allowed, _ = await service.define("demand"), await service.define("other")
    source_id = await service.register("billing", kpi_ids=(allowed,))
    tenant = service.tenant
    batch = [
        message(told("demand", 0, 1, tenant) | {"source": "billing"}, 200),
        message(told("other", 0, 1, tenant) | {"source": "billing"}, 201),
        message(told("other", 0, 2, tenant) | {"source": "feed"}, 202),
        message(told("other", 0, 3, tenant) | {"source": "formula"}, 203),
    ]
    await hand(inbound(service), claim, batch)
    assert await stored(service) == ["1", "2"]
    revoked = SourceRevoked(source_id=source_id, reason="over")
    await service.append(stream_id("source", source_id), revoked)
    late = message(told("demand", 1, 9, tenant) | {"source": "billing"}, 204)
    await hand(inbound(service), claim, [late])
    assert await stored(service) == ["1", "2"]
    assert await letters(service, claim) == [
        (201, 0, "the source 'billing' may not send the KPI 'other'"),
        (203, 0, "the source 'formula' stands for what formulas come to"),
        (204, 0, "the source 'billing' is revoked"),
    ]


async def test_only_registered_sources_may_be_asked_for(service, claim):
    await service.define("demand")
    await service.register("billing")
    tenant = service.tenant
    strict = inbound(service, replace(service.gate, registered_only=True))
    batch = [
        message(told("demand", 0, 1, tenant) | {"source": "billing"}, 210),
        message(told("demand", 1, 2, tenant) | {"source": "feed"}, 211),
        message(told("demand", 2, 3, tenant), 212),
    ]
    await hand(strict, claim, batch)
    assert await stored(service) == ["1"]
    assert [reason for _, _, reason in await letters(service, claim)] == [
        "the source 'feed' is not registered",
        "the source 'default' is not registered",
    ]


async def test_a_batch_delivered_again_has_no_effect(service, claim):
    await service.define("demand", rule(for_readings=2))
    batch = [message(raw("demand", place, 4000), place) for place in range(10)]
    await hand(inbound(service), claim, batch)
    await hand(inbound(service), claim, batch)
    assert len(await stored(service)) == 10
    assert len(await service.events(KPIThresholdBreached)) == 1
    assert len(await service.events(ReadingsIngested)) == 1


async def test_who_lost_the_partition_writes_nothing(service, claim):
    await service.define("demand")
    zombie = Claim(claim.consumer, claim.topic, claim.partition, claim.epoch - 1)
    with pytest.raises(Fenced):
        await hand(inbound(service), zombie, [message(raw("demand", 0, 1))])
    assert await stored(service) == []


async def test_a_message_the_database_refuses_is_put_aside_alone(service, claim, monkeypatch):
    await service.define("demand")
    take = type(service.ingestion).take

    async def refusing(self, connection, tenant, lots, now):
        if any(one.value == 13 for lot in lots for one in lot.readings):
            await connection.execute("SELECT 1 / 0")
        return await take(self, connection, tenant, lots, now)

    monkeypatch.setattr(type(service.ingestion), "take", refusing)
    tenant = service.tenant
    batch = [message(told("demand", n, n, tenant), 100 + n) for n in range(20)]
    await hand(inbound(service), claim, batch)
    assert len(await stored(service)) == 19
    ((offset, _, reason),) = await letters(service, claim)
    assert offset == 113
    assert "division by zero" in reason


@pytest.fixture
async def claims(database) -> list[Claim]:
    """Of four partitions."""
    return [await claimed(database, partition) for partition in range(4)]


async def hand_together(service, claims, contents):
    handler = inbound(service)
    batches = [
        await handler.read([message(one, 100 + at, partition=claim.partition) for at, one in each])
        for claim, each in zip(claims, map(enumerate, contents), strict=True)
    ]
    handling = [handler.handle(*one) for one in zip(claims, batches, strict=True)]
    return await asyncio.gather(*handling, return_exceptions=True)


async def positions(service, claims):
    rows = await service.rows(
        "SELECT partition, next_offset FROM consumer_positions WHERE $1 <> '' AND consumer"
        " = ANY($2) ORDER BY partition",
        [claim.consumer for claim in claims],
    )
    return [tuple(row) for row in rows]


async def test_batches_of_several_partitions_are_taken_in_together(service, claims):
    tenant = service.tenant
    for slug in ("a", "b", "c", "d"):
        await service.define(slug)
    bad = {"id": tenant}
    contents = [
        [
            raw(slug, 0, n),
            told(slug, 1, "many", tenant),
            [raw(slug, 2, n), raw("never", 3, n) | bad],
        ]
        for n, slug in enumerate(("a", "b", "c", "d"))
    ]
    assert await hand_together(service, claims, contents) == [None] * 4
    assert len(await service.events(ReadingsIngested)) == 1
    assert sorted(await stored(service)) == [str(n) for n in range(4) for _ in (0, 2)]
    assert await positions(service, claims) == [(n, 103) for n in range(4)]
    rows = await service.rows(
        'SELECT partition, "offset", part, reason FROM dead_letters WHERE value LIKE $2'
        " AND $1 <> '' ORDER BY partition, \"offset\"",
        f"%{tenant}%".encode(),
    )
    expected = [
        (101, 0, "value 'many' is not a finite number"),
        (102, 1, "there is no KPI 'never'"),
    ]
    assert [tuple(row) for row in rows] == [(n, *one) for n in range(4) for one in expected]


async def test_who_lost_a_partition_does_not_hold_back_those_it_came_with(service, claims):
    await service.define("demand")
    claims[2] = replace(claims[2], epoch=0)
    contents = [[raw("demand", n, n)] for n in range(4)]
    told = await hand_together(service, claims, contents)
    assert [type(one) for one in told] == [type(None), type(None), Fenced, type(None)]
    assert await stored(service) == ["0", "1", "3"]
    assert await positions(service, claims) == [(0, 101), (1, 101), (2, 0), (3, 101)]
