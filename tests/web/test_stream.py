"""The live stream over real sockets, from a process of its own, on a real log."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from helmlog_events.clock import rfc3339
from helmlog_events.contracts.alignment import LinkRemoved, Node
from helmlog_events.contracts.event import Event, event
from helmlog_events.contracts.okr import CycleActivated, CycleOpened
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.testing.events import THEN
from helmlog_local.testing import ProvidedPostgres

from tests.support.databases import Database, fresh_database
from tests.web.listening import APPLICATION, HEARTBEAT, Lighthouse, open_lighthouse
from tests.web.probes import problem

AUTUMN, WINTER = UUID(int=1), UUID(int=2)


@pytest.fixture(scope="module")
async def database(postgres: ProvidedPostgres) -> AsyncIterator[Database]:
    async with fresh_database(postgres) as database:
        yield database


@pytest.fixture(scope="module")
async def store(database: Database) -> AsyncIterator[PostgresStore]:
    engine = create_engine(database.app)
    store = PostgresStore(engine)
    yield store
    await store.close()
    await engine.dispose()


@pytest.fixture(scope="module")
async def lighthouse(
    database: Database, store: PostgresStore, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Lighthouse]:
    """One process for all tests: each counts from where the log stands when it begins."""
    folder = tmp_path_factory.mktemp("lighthouse")
    async with open_lighthouse(database.app, store, folder) as lighthouse:
        yield lighthouse


def seqs(shown: list[dict[str, Any]]) -> list[int]:
    return [each["seq"] for each in shown]


async def test_an_event_is_shown_with_all_that_stands_around_it(lighthouse: Lighthouse) -> None:
    opened = CycleOpened(
        cycle_id=AUTUMN,
        name="Autumn",
        kind="quarter",
        starts_on=date(2019, 9, 1),
        ends_on=date(2019, 11, 30),
        timezone="UTC",
    )
    async with lighthouse.listen() as listener:
        seq = await lighthouse.write("cycle-1", opened)
        (shown,) = await listener.next()
    (entry,) = await lighthouse.store.read_log(seq - 1, 1)
    assert shown.pop("recorded_at") == rfc3339(entry.recorded_at)
    assert shown == {
        "seq": seq,
        "type": "CycleOpened",
        "version": 1,
        "schema_version": CycleOpened.schema_version,
        "stream": "cycle-1",
        "data": opened.model_dump(mode="json"),
        "actor": "anna",
        "occurred_at": rfc3339(THEN),
        "cause": "okr/7",
    }


async def test_without_a_position_it_begins_at_the_end_of_the_log(lighthouse: Lighthouse) -> None:
    await lighthouse.note("note-1", "before")
    async with lighthouse.listen() as listener:
        seq = await lighthouse.note("note-1", "after")
        assert seqs(await listener.next()) == [seq]


async def test_from_a_position_it_begins_behind_it(lighthouse: Lighthouse) -> None:
    last = await lighthouse.note("note-1", *"abcde")
    async with lighthouse.listen(after=last - 3) as listener:
        assert seqs(await listener.next(3)) == [last - 2, last - 1, last]
    # A browser that reconnects sends both: the address it began with, and where it has come.
    async with lighthouse.listen(after=0, last_event_id=last - 1) as listener:
        assert seqs(await listener.next(1)) == [last]


async def test_cut_and_resumed_it_leaves_out_nothing_and_repeats_nothing(
    lighthouse: Lighthouse,
) -> None:
    chance = random.Random(3)
    expected: list[int] = []

    async def write() -> None:
        for number in range(400):
            tenant = chance.choice(["acme", "acme", "umbrella"])
            seq = await lighthouse.note(f"note-{number % 7}", "x", tenant=tenant)
            if tenant == "acme":
                expected.append(seq)

    heard: list[int] = []
    position = await lighthouse.store.head()
    writing = asyncio.create_task(write())
    while not writing.done() or len(heard) < len(expected):
        async with lighthouse.listen(last_event_id=position) as listener:
            for _ in range(chance.randint(1, 40)):
                if writing.done() and len(heard) == len(expected):
                    break
                heard += seqs(await listener.next())
        position = heard[-1]
    await writing
    assert heard == expected


async def test_a_tenant_hears_nothing_of_another(lighthouse: Lighthouse) -> None:
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(lighthouse.listen())
        theirs = await stack.enter_async_context(lighthouse.listen(tenant="umbrella"))
        prying = [
            await stack.enter_async_context(lighthouse.listen(tenant="umbrella", **query))
            for query in (
                {"stream": "cycle-1"},
                {"cycle_id": str(AUTUMN), "after": 0},
                {"type": "CycleActivated"},
            )
        ]
        seq = await lighthouse.write("cycle-1", CycleActivated(cycle_id=AUTUMN))
        other = await lighthouse.note("note-1", "theirs", tenant="umbrella")
        assert seqs(await ours.next()) == [seq]
        assert seqs(await theirs.next()) == [other]
        for listener in (ours, theirs, *prying):
            assert await listener.silent(0.3)


SELECTIONS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [1, 2, 3, 4, 5, 6]),
    ({"type": "Noted"}, [3, 6]),
    ({"type": ["Noted", "LinkRemoved"]}, [3, 5, 6]),
    ({"cycle_id": str(AUTUMN)}, [1, 5]),
    ({"cycle_id": str(WINTER)}, [2, 4, 5]),
    ({"stream": "cycle-b"}, [2, 3]),
    ({"stream": "cycle-b", "cycle_id": str(WINTER), "type": "CycleActivated"}, [2]),
    ({"stream": "cycle-b", "type": "LinkRemoved"}, []),
]


async def test_it_shows_what_was_asked_for_whether_caught_up_with_or_live(
    lighthouse: Lighthouse,
) -> None:
    start = await lighthouse.store.head()
    async with AsyncExitStack() as stack:
        live = [
            await stack.enter_async_context(lighthouse.listen(tenant="asking", **query))
            for query, _ in SELECTIONS
        ]
        await _write_a_link_and_its_neighbours(lighthouse, "asking")
        late = [
            await stack.enter_async_context(lighthouse.listen(tenant="asking", after=0, **query))
            for query, _ in SELECTIONS
        ]
        for listeners in (live, late):
            for listener, (query, expected) in zip(listeners, SELECTIONS, strict=True):
                shown = seqs(await listener.next(len(expected)))
                assert shown == [start + place for place in expected], query
        silent = await asyncio.gather(*(listener.silent(0.3) for listener in (*live, *late)))
        assert all(silent)


async def _write_a_link_and_its_neighbours(lighthouse: Lighthouse, tenant: str) -> None:
    link = LinkRemoved(
        link_id=UUID(int=9),
        kind="supports",
        source=Node(type="objective", id=UUID(int=10)),
        target=Node(type="objective", id=UUID(int=11)),
        cycle_ids=(AUTUMN, WINTER),
    )
    await lighthouse.write("cycle-a", CycleActivated(cycle_id=AUTUMN), tenant=tenant)
    await lighthouse.write("cycle-b", CycleActivated(cycle_id=WINTER), tenant=tenant)
    await lighthouse.note("cycle-b", f"a text that names {AUTUMN}", tenant=tenant)
    await lighthouse.write("cycle-c", CycleActivated(cycle_id=WINTER), tenant=tenant)
    await lighthouse.write("link-1", link, tenant=tenant)
    await lighthouse.note("note-1", "the last", tenant=tenant)


@event("Berthed")
class Berthed(Event):
    """As an older version of the service wrote it."""

    quay: str


async def test_what_was_written_in_an_older_schema_is_shown_in_the_current_one(
    lighthouse: Lighthouse,
) -> None:
    async with lighthouse.listen() as listener:
        await lighthouse.write("ship-1", Berthed(quay="east"))
        (shown,) = await listener.next()
    assert shown["data"] == {"quay": "east", "draught": 0}
    assert shown["schema_version"] == 2


async def test_in_silence_it_says_how_far_it_has_read(lighthouse: Lighthouse) -> None:
    seq = await lighthouse.note("note-1", *"abc")
    async with lighthouse.listen(type="Sunk") as listener:
        assert await listener.comment() == f": read up to {seq}"
        # What is passed over is no silence kept: the position moves on all the same.
        seq = await lighthouse.note("note-1", "d")
        started = time.monotonic()
        assert await listener.comment() == f": read up to {seq}"
        assert time.monotonic() - started < 10 * HEARTBEAT
        assert await listener.comment() == f": read up to {seq}"


MALFORMED = ["x", "-1", "+1", "1.0", "1_0", "01", "", "0x1", "null", "9" * 19, "9" * 5_000]


async def test_a_malformed_position_is_refused_before_anything_is_streamed(
    lighthouse: Lighthouse,
) -> None:
    beyond = str(await lighthouse.store.head() + 1)
    token = lighthouse.issuer.headers("viewer")
    for value in [*MALFORMED, beyond, "é", "1, 2"]:
        headers = [(b"last-event-id", value.encode()), *_raw(token)]
        response = await lighthouse.client.get("/v1/stream", headers=headers)
        (error,) = problem(response, 422, "validation")["errors"]
        assert (error["in"], error["name"].lower()) == ("header", "last-event-id"), value
    for name, value in [("after", "x"), ("after", "-1"), ("after", beyond), ("cycle_id", "autumn")]:
        response = await lighthouse.client.get("/v1/stream", params={name: value}, headers=token)
        (error,) = problem(response, 422, "validation")["errors"]
        assert (error["in"], error["name"]) == ("query", name)


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


async def test_nobody_listens_without_a_token_that_allows_it(lighthouse: Lighthouse) -> None:
    ask = lighthouse.client.get
    problem(await ask("/v1/stream"), 401, "unauthorized")
    problem(await ask("/v1/stream?access_token=x"), 401, "unauthorized")
    ingest = lighthouse.issuer.headers("ingest")
    problem(await ask("/v1/stream", headers=ingest), 403, "forbidden")


async def test_it_ends_when_the_token_does(lighthouse: Lighthouse) -> None:
    # Ten seconds of leeway are given to a token: this one has between four and five left.
    claims = {"tenant": "acme", "sub": "user-1", "roles": ["viewer"], "exp": int(time.time()) - 5}
    token = lighthouse.issuer.sign(claims)
    async with lighthouse.listen(token=token) as listener:
        seq = await lighthouse.note("note-1", "in time")
        assert seqs(await listener.rest(within=10)) == [seq]
    headers = {"Authorization": f"Bearer {token}"}
    problem(await lighthouse.client.get("/v1/stream", headers=headers), 401, "unauthorized")


async def test_a_server_with_open_streams_stops_at_once(
    database: Database, store: PostgresStore, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        lighthouse = await stack.enter_async_context(open_lighthouse(database.app, store, tmp_path))
        listeners = [await stack.enter_async_context(lighthouse.listen()) for _ in range(20)]
        seq = await lighthouse.note("note-1", "the last word")
        for listener in listeners:
            assert seqs(await listener.next()) == [seq]
        started = time.monotonic()
        lighthouse.process.send_signal(signal.SIGTERM)
        assert await asyncio.gather(*(listener.rest() for listener in listeners)) == [[]] * 20
        assert await lighthouse.process.wait() in {0, -signal.SIGTERM}
        assert time.monotonic() - started < 5


async def test_a_stream_outlives_an_outage_of_the_database(
    lighthouse: Lighthouse, database: Database
) -> None:
    async with lighthouse.listen() as listener:
        await lighthouse.note("note-1", "before")
        await listener.next()
        await _execute(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE application_name = '{APPLICATION}'",
        )
        seq = await lighthouse.note("note-1", "after")
        assert seqs(await listener.next()) == [seq]


async def test_many_listeners_hold_no_connection_of_the_database(
    lighthouse: Lighthouse, database: Database
) -> None:
    async with AsyncExitStack() as stack:
        listeners = [await stack.enter_async_context(lighthouse.listen()) for _ in range(60)]
        for _ in range(5):
            await lighthouse.note("note-1", "x")
        for listener in listeners:
            assert len(await listener.next(5)) == 5
        (row,) = await _execute(
            database,
            "SELECT count(*) FILTER (WHERE query LIKE 'LISTEN%') AS waking,"
            " count(*) FILTER (WHERE state <> 'idle') AS busy FROM pg_stat_activity"
            f" WHERE application_name = '{APPLICATION}'",
        )
        assert tuple(row) == (1, 0)


async def test_slow_readers_cost_no_memory_and_hold_nobody_up(lighthouse: Lighthouse) -> None:
    start = await lighthouse.store.head()
    host, port = lighthouse.url.removeprefix("http://").split(":")
    bearer = lighthouse.issuer.headers("viewer")["Authorization"]
    request = (
        f"GET /v1/stream?after={start} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {bearer}\r\n"
        "Connection: close\r\n\r\n"
    )
    async with AsyncExitStack() as stack:
        quick = await stack.enter_async_context(lighthouse.listen(after=start))
        slow = []
        for _ in range(10):
            reader, writer = await asyncio.open_connection(host, int(port), limit=4096)
            stack.callback(writer.close)
            writer.write(request.encode())
            slow.append(reader)
        memory = _memory_of(lighthouse.process.pid)
        count, page = 1_200, "x" * 40_000
        for _ in range(count // 40):
            await lighthouse.note("note-1", *[page] * 40)
            assert len(await quick.next(40)) == 40
        # Were it queued for each, this would be 480 MB.
        assert _memory_of(lighthouse.process.pid) - memory < 100 * 1024
        response = await asyncio.wait_for(slow[0].readuntil(b"\r\n\r\n"), 10)
        assert response.startswith(b"HTTP/1.1 200")
        seen = 0
        while seen < count:
            line = await asyncio.wait_for(_line(slow[0]), 10)
            if line.startswith(b"id: "):
                seen += 1
                assert int(line[4:]) == start + seen


async def _line(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while True:
        try:
            parts.append(await reader.readuntil(b"\n"))
        except asyncio.LimitOverrunError as overrun:
            parts.append(await reader.readexactly(overrun.consumed))
        else:
            return b"".join(parts)


def _memory_of(pid: int) -> int:
    """Resident, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


async def _execute(database: Database, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database.superuser)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()
