"""What each process remembers of sources is never older than the log."""

from datetime import UTC, datetime, timedelta

import pytest
from helmlog_events.contracts.kpi import SourceKeyRotated, SourceRevised, SourceRevoked
from helmlog_events.ids import new_id, stream_id
from helmlog_events.store.postgres.connections import driver
from kpi_service.application.rows import Rows
from kpi_service.application.source_book import SourceBook
from kpi_service.application.source_gate import SourceGate
from kpi_service.application.source_keys import KeyRefused, SourceKeys
from kpi_service.domain.source.key import KeyOwner, key_digest, make_key

from tests.kpi.service import ACCEPTED, raw

NOW = datetime.now(UTC)


async def test_every_process_follows_what_becomes_of_a_key(service):
    owner = KeyOwner(service.tenant, new_id())
    old, new = (make_key(owner, bytes([secret] * 32)) for secret in (1, 2))
    await service.register("billing", source_id=owner.source_id, key_digest=key_digest(old))
    processes = [SourceKeys(service.engine, SourceBook()) for _ in range(2)]
    stream = stream_id("source", owner.source_id)

    async def accepted(key: str, at: datetime = NOW) -> list[bool]:
        found = []
        for keys in processes:
            try:
                found.append(await keys.check(key, at) == owner)
            except KeyRefused:
                found.append(False)
        return found

    assert (await accepted(old), await accepted(new)) == ([True] * 2, [False] * 2)
    until = NOW + timedelta(hours=1)
    rotated = SourceKeyRotated(
        source_id=owner.source_id, key_digest=key_digest(new), previous_until=until
    )
    await service.append(stream, rotated)
    assert (await accepted(old), await accepted(new)) == ([True] * 2, [True] * 2)
    assert (await accepted(old, until), await accepted(new, until)) == ([False] * 2, [True] * 2)
    await service.append(stream, SourceRevoked(source_id=owner.source_id, reason="over"))
    assert (await accepted(old), await accepted(new)) == ([False] * 2, [False] * 2)
    with pytest.raises(KeyRefused):
        await processes[0].source(owner)


async def test_what_is_forgotten_is_asked_for_again(service):
    for name in ("one", "two", "three"):
        await service.register(name)
    book = SourceBook(capacity=1)
    async with service.engine.connect() as connection:
        driven = await driver(connection)
        for _ in range(3):
            found = await book.by_names(driven, service.tenant, ["one", "two", "three", "four"])
            assert {name: source.name for name, source in found.items()} == {
                "one": "one",
                "two": "two",
                "three": "three",
            }


async def test_a_source_unchanged_is_the_same_and_a_changed_one_another(service):
    source_id = await service.register("billing")
    book = SourceBook()
    async with service.engine.connect() as connection:
        driven = await driver(connection)
        first = await book.by_id(driven, service.tenant, source_id)
        assert await book.by_id(driven, service.tenant, source_id) is first
        revised = SourceRevised(source_id=source_id, description="ours", kpi_ids=None, series=())
        await service.append(stream_id("source", source_id), revised)
        assert await book.by_id(driven, service.tenant, source_id) is not first


async def test_a_key_that_is_revoked_meanwhile_lets_nothing_through(service):
    await service.define("demand")
    source_id = await service.register("billing")
    await service.append(
        stream_id("source", source_id), SourceRevoked(source_id=source_id, reason="over")
    )
    gate = SourceGate(service.ingestion.catalogue, SourceBook(), registered_only=False)
    rows = Rows(*ACCEPTED.at(NOW))
    rows.read([raw("demand", 0, 1), raw("demand", 1, 2)])
    async with service.engine.connect() as connection:
        admitted = await gate.admit(await driver(connection), service.tenant, rows.lots, source_id)
    assert admitted.lots == []
    assert [one.reason for one in admitted.rejected] == ["the source is revoked"] * 2
