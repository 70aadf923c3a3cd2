"""What the log in PostgreSQL promises beyond the contract of every store."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import asyncpg
import pytest
from helmlog_events.envelope import ANY_VERSION
from helmlog_events.store.postgres.connections import create_engine, driver
from helmlog_events.store.postgres.rows import read_streams
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.store.protocol import AlreadyDone, StoreUnavailable, VersionConflict
from helmlog_events.testing.events import append, write
from helmlog_events.testing.proxy import Cut, Proxy
from helmlog_events.testing.store_contract import assert_chained
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.support.databases import Database


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO event_log SELECT * FROM event_log",
        "UPDATE event_log SET data = '{}'",
        "DELETE FROM event_log",
        "TRUNCATE event_log",
        "DROP TABLE event_log",
        "ALTER TABLE event_log DISABLE TRIGGER ALL",
    ],
)
async def test_the_service_can_write_the_log_only_by_appending(
    postgres_store: PostgresStore, database: Database, statement: str
):
    await postgres_store.append(append(write("note-1", "a")))
    connection = await asyncpg.connect(database.app)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)
    await connection.close()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE event_log SET data = '{}'", "DELETE FROM event_log", "TRUNCATE event_log"],
)
async def test_even_the_owner_is_refused_a_change_of_what_is_recorded(
    postgres_store: PostgresStore, database: Database, statement: str
):
    await postgres_store.append(append(write("note-1", "a")))
    connection = await asyncpg.connect(database.owner)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="what is recorded stays"):
        await connection.execute(statement)
    await connection.close()


async def test_the_auditor_reads_and_can_do_nothing_else(
    postgres_store: PostgresStore, database: Database
):
    await postgres_store.append(append(write("note-1", "a")))
    connection = await asyncpg.connect(database.auditor)
    assert await connection.fetchval("SELECT count(*) FROM event_log") == 1
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(
            "SELECT append_events('{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}',"
            "'{}','{}','{}','{}','{}','{}','{}')"
        )
    await connection.close()


async def test_an_append_that_cannot_be_written_fails_alone(postgres_store: PostgresStore):
    results = await asyncio.gather(
        *(
            postgres_store.append(append(write(f"note-{n}" if n != 7 else "nul-\0", "a")))
            for n in range(20)
        ),
        return_exceptions=True,
    )
    failed = [n for n, result in enumerate(results) if isinstance(result, BaseException)]
    assert failed == [7]
    assert await postgres_store.head() == 19


async def test_events_and_rows_of_a_callers_transaction_stand_or_fall_together(
    postgres_store: PostgresStore,
):
    async with postgres_store.transaction() as tx:
        await tx.append(append(write("note-1", "a")))
        await tx.raw.execute("INSERT INTO snapshots VALUES ('acme', 'note-1', 1, 'v1', '')")
    with pytest.raises(RuntimeError, match="changed my mind"):
        await _append_and_fail(postgres_store)
    assert await postgres_store.head() == 1
    await postgres_store.append(append(write("note-3", "c")))
    assert_chained([event async for event in postgres_store.scan()])


async def _append_and_fail(store: PostgresStore) -> None:
    async with store.transaction() as tx:
        await tx.append(append(write("note-2", "b")))
        raise RuntimeError("changed my mind")


async def test_staged_appends_build_on_each_other(postgres_store: PostgresStore):
    await postgres_store.append(append(write("note-1", "a")))
    async with postgres_store.transaction() as tx:
        for text in "bcd":
            version = len(await tx.read_stream("acme", "note-1"))
            tx.stage(append(write("note-1", text, expected=version)))
            tx.stage(append(write(f"other-{text}", text)))
        await tx.append_staged()
    events = await postgres_store.read_stream("acme", "note-1")
    assert [event.version for event in events] == [1, 2, 3, 4]
    assert await postgres_store.head() == 7


async def test_a_transaction_reads_only_what_came_after_and_more_when_asked(
    postgres_store: PostgresStore,
):
    for version, text in enumerate("abc"):
        await postgres_store.append(append(write("note-1", text, expected=version)))
    async with postgres_store.transaction() as tx:
        tx.stage(append(write("note-1", "d", expected=3)))

        async def versions(after: int) -> list[int]:
            events = await tx.read_stream("acme", "note-1", after_version=after)
            return [event.version for event in events]

        assert await versions(2) == [3, 4]
        tx.stage(append(write("note-1", "e", expected=4)))
        assert await versions(3) == [4, 5]
        assert await versions(0) == [1, 2, 3, 4, 5]
        assert await versions(5) == []
        await tx.append_staged()
    assert len(await postgres_store.read_stream("acme", "note-1")) == 5


async def test_a_transaction_that_sees_an_older_snapshot_is_refused(
    postgres_store: PostgresStore,
):
    async with postgres_store.transaction() as tx:
        await tx.raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with pytest.raises(asyncpg.PostgresError, match="READ COMMITTED"):
            await tx.append(append(write("note-1", "a")))


async def test_a_connection_whose_transaction_was_not_ended_is_not_used_again(
    engine: AsyncEngine,
):
    async with engine.connect() as connection:
        left = await driver(connection)
        await left.execute("BEGIN")
    async with engine.connect() as connection:
        assert await driver(connection) is not left
    assert left.is_closed()


async def test_readers_see_every_committed_event_once_and_in_order(
    postgres_store: PostgresStore, engine: AsyncEngine
):
    """Writers hold transactions open and roll some back, beside group commits; a reader follows."""
    others = [PostgresStore(engine) for _ in range(2)]
    chance = random.Random(7)
    committed: list[str] = []
    finished = asyncio.Event()

    async def write_slowly(number: int) -> None:
        stream = f"slow-{number}"
        try:
            async with others[number % 2].transaction() as tx:
                await asyncio.sleep(chance.random() * 0.01)
                await tx.append(append(write(stream, "a", "b")))
                await asyncio.sleep(chance.random() * 0.01)
                1 // (number % 3)  # every third is rolled back
        except ZeroDivisionError:
            return
        committed.append(stream)

    async def write_quickly(number: int) -> None:
        await asyncio.sleep(chance.random() * 0.2)
        await postgres_store.append(append(write(f"quick-{number}", "a", "b")))
        committed.append(f"quick-{number}")

    async def follow() -> list[tuple[int, str, int]]:
        seen: list[tuple[int, str, int]] = []
        while True:
            last_round = finished.is_set()
            page = await postgres_store.read_log(seen[-1][0] if seen else 0, 100)
            seen += [(event.seq, event.stream, event.version) for event in page]
            if last_round and not page:
                return seen
            await asyncio.sleep(0.001)

    follower = asyncio.create_task(follow())
    await asyncio.gather(
        *(write_slowly(n) for n in range(45)), *(write_quickly(n) for n in range(120))
    )
    finished.set()
    seen = await follower
    assert [seq for seq, _, _ in seen] == list(range(1, len(seen) + 1))
    assert sorted((stream, version) for _, stream, version in seen) == sorted(
        (stream, version) for stream in committed for version in (1, 2)
    )
    for store in others:
        await store.close()


@pytest.fixture
async def proxied(
    database: Database,
) -> AsyncIterator[tuple[Proxy, PostgresStore]]:
    host, _, port = database.app.rpartition("@")[2].partition("/")[0].partition(":")
    async with Proxy(host, int(port)) as proxy:
        engine = create_engine(proxy.url(database.app))
        store = PostgresStore(engine, patience=30)
        yield proxy, store
        await store.close()
        await engine.dispose()


def once_in(chance: random.Random, times: int) -> Cut:
    return lambda _: chance.randrange(times) == 0


@pytest.mark.parametrize("where", ["request", "response"])
async def test_a_cut_connection_neither_loses_nor_repeats_an_append(
    proxied: tuple[Proxy, PostgresStore], postgres_store: PostgresStore, where: str
):
    """Cut before the database has the call, and between its commit and its answer."""
    proxy, store = proxied
    chance = random.Random(11)
    await store.append(append(write("warm-up", "a")))
    setattr(proxy, f"cut_{where}", once_in(chance, 30))

    async def keep_writing(writer: int) -> list[str]:
        for n in range(25):
            await store.append(append(write(f"note-{writer}-{n}", "x"), key=f"{writer}-{n}"))
            await store.append(append(write("shared", "x", expected=ANY_VERSION)))
        return [f"note-{writer}-{n}" for n in range(25)]

    acknowledged = await asyncio.gather(*(keep_writing(writer) for writer in range(4)))
    assert proxy.cuts >= 3
    log = [event async for event in postgres_store.scan()]
    assert_chained(log)
    standing = [event.stream for event in log if event.stream.startswith("note")]
    assert sorted(standing) == sorted(stream for streams in acknowledged for stream in streams)
    assert sum(event.stream == "shared" for event in log) == 100


async def test_conflicts_and_replays_stay_themselves_when_connections_are_cut(
    proxied: tuple[Proxy, PostgresStore],
):
    proxy, store = proxied
    await store.append(append(write("note-1", "a"), key="k"))
    chance = random.Random(5)
    proxy.cut_response = once_in(chance, 8)
    for _ in range(10):
        with pytest.raises(VersionConflict):
            await store.append(append(write("note-1", "b")))
    proxy.cut_response = lambda _: False
    with pytest.raises(AlreadyDone):
        await store.append(append(write("note-2", "b"), key="k"))


async def test_a_database_that_stays_away_is_said_to_be_away(
    proxied: tuple[Proxy, PostgresStore],
):
    proxy, store = proxied
    await store.append(append(write("note-1", "a")))
    for writer in store._writers:
        writer._patience = 0.5
    proxy.refuse = True
    proxy.cut_all()
    with pytest.raises(StoreUnavailable):
        await store.append(append(write("note-2", "b")))
    with pytest.raises(StoreUnavailable):
        await store.head()
    proxy.refuse = False
    await store.append(append(write("note-2", "b")))
    assert await store.head() == 2


async def test_terminated_backends_neither_lose_nor_repeat_an_append(
    postgres_store: PostgresStore, database: Database
):
    admin = await asyncpg.connect(database.superuser)
    done = asyncio.Event()

    async def terminate() -> None:
        while not done.is_set():
            await asyncio.sleep(0.15)
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'test_app' AND datname = current_database()"
            )

    terminating = asyncio.create_task(terminate())
    for n in range(600):
        await postgres_store.append(append(write(f"note-{n}", "x")))
    done.set()
    await terminating
    await admin.close()
    log = [event async for event in postgres_store.scan()]
    assert_chained(log)
    assert [event.stream for event in log] == [f"note-{n}" for n in range(600)]


async def test_what_came_of_some_streams_is_found_without_reading_the_rest_of_the_log(
    postgres_store: PostgresStore, database: Database
):
    # In a database of which no statistics were taken yet, and with a statement used many times.
    for start in range(0, 1_000, 100):
        await postgres_store.append(append(*(write(f"note-{start + n}", "a") for n in range(100))))
    wanted = {f"note-{n}": 1 for n in range(14)}
    connection = await asyncpg.connect(database.superuser)
    for _ in range(10):
        assert await read_streams(connection, "acme", wanted) == {}
    await connection.execute("SELECT pg_stat_force_next_flush()")
    read = await connection.fetchval(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_all_tables WHERE relname = 'event_log'"
    )
    await connection.close()
    assert read == 0
