"""A read model made again from the service's own database, beside the one that serves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import asyncpg
import structlog
from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from helmlog_events.envelope import SourcedEvent
from helmlog_events.pipeline import inbox
from helmlog_events.pipeline.follower import OWN_LOG
from helmlog_events.pipeline.protocols import Projection
from helmlog_events.store.postgres.connections import driver
from helmlog_events.store.postgres.rows import read_log

_log = structlog.get_logger(__name__)
_SAMPLE = 5


@dataclass(slots=True)
class TableComparison:
    """How a table that serves stands to the one rebuilt; samples are rows in only one of them."""

    table: str
    rows: int
    only_serving: int = 0
    only_rebuilt: int = 0
    samples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        return not self.only_serving and not self.only_rebuilt


@dataclass(slots=True)
class RebuildReport:
    projection: str
    events: int
    tables: list[TableComparison]
    switched: bool
    fill_seconds: float
    """While the old tables served."""
    compare_seconds: float
    """While the pipeline waited."""

    @property
    def equal(self) -> bool:
        return all(table.equal for table in self.tables)


@dataclass(slots=True)
class _Done:
    """How far a source is applied.

    Foreign events come in order by stream, not by seq: `missing` below `seq` had not arrived.
    """

    seq: int = 0
    missing: set[int] = field(default_factory=set)

    def reached(self, events: Sequence[SourcedEvent]) -> None:
        for event in events:
            if event.record.seq > self.seq:
                self.missing.update(range(self.seq + 1, event.record.seq))
                self.seq = event.record.seq
            else:
                self.missing.discard(event.record.seq)


class Rebuild:
    """Rebuilds one projection with the code that serves it live.

    Events parked live are left out here too; one that fails here without being parked live is an
    error, and the rebuild is discarded. The engine is the owner role's: it makes and drops tables.
    """

    def __init__(
        self, engine: AsyncEngine, own_source: str, projection: Projection, *, page: int = 5_000
    ) -> None:
        self._engine = engine
        self._own_source = own_source
        self._projection = projection
        self._schema = f"rebuild_{projection.name}"
        self._page = page

    async def run(self, *, switch: bool = False) -> RebuildReport:
        """Rebuilds while the live tables serve, then compares row by row under a short lock.

        With `switch` the rebuilt tables take the place of the serving ones; otherwise they are
        dropped.
        """
        await self._create_tables()
        try:
            done = {source: _Done() for source in self._projection.sources}
            events = 0
            started = perf_counter()
            # One view of the inbox over all pages: else the second event of a stream could be seen
            # behind a page that was read before the first had come.
            still = self._engine.execution_options(isolation_level="REPEATABLE READ")
            async with still.begin() as connection:
                await connection.execute(text("SELECT 1"))
                events += await self._catch_up(connection, done)
            filled = perf_counter()
            async with self._engine.begin() as connection:
                await connection.execute(text("SELECT 1"))
                await self._hold_still(await driver(connection))
                events += await self._catch_up(connection, done)
                tables = [await self._compare(connection, t) for t in self._projection.tables]
                if switch:
                    await self._switch(connection)
            return RebuildReport(
                self._projection.name,
                events,
                tables,
                switched=switch,
                fill_seconds=filled - started,
                compare_seconds=perf_counter() - filled,
            )
        finally:
            async with self._engine.begin() as connection:
                await connection.execute(text(f'DROP SCHEMA IF EXISTS "{self._schema}" CASCADE'))

    async def _create_tables(self) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(text(f'DROP SCHEMA IF EXISTS "{self._schema}" CASCADE'))
            await connection.execute(text(f'CREATE SCHEMA "{self._schema}"'))
            for table in self._projection.tables:
                await connection.execute(
                    text(
                        f'CREATE TABLE "{self._schema}"."{table.name}"'
                        f' (LIKE "{table.name}" INCLUDING ALL)'
                    )
                )

    async def _hold_still(self, raw: asyncpg.Connection) -> None:
        """Lets readers go on and the pipeline wait, so that nothing moves while we compare."""
        tables = ", ".join(f'"{table.name}"' for table in self._projection.tables)
        while True:
            try:
                # A savepoint: to let go of what we have, for a batch that writes in another order.
                async with raw.transaction():
                    await raw.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE")
            except asyncpg.DeadlockDetectedError as error:
                _log.info("rebuild_gives_way", projection=self._projection.name, error=repr(error))
            else:
                return

    async def _catch_up(self, connection: AsyncConnection, done: dict[str, _Done]) -> int:
        """Applies what the serving tables have applied and these have not; returns how much."""
        into = await connection.execution_options(schema_translate_map={None: self._schema})
        count = 0
        for source, progress in sorted(done.items()):
            async for events in self._pages(await driver(connection), source, progress):
                count += len(events)
                progress.reached(events)
                held = await self._parked(connection, source, events)
                wanted = [event for event in events if event.record.seq not in held]
                if wanted:
                    await self._projection.apply(into, wanted)
        return count

    async def _pages(
        self, raw: asyncpg.Connection, source: str, done: _Done
    ) -> AsyncIterator[Sequence[SourcedEvent]]:
        if source != self._own_source:
            if done.missing and (late := await inbox.read_some(raw, source, done.missing)):
                yield late
            while page := await inbox.read(raw, source, done.seq, self._page):
                yield page
            return
        end: int = (
            await raw.fetchval(
                "SELECT next_offset FROM consumer_positions WHERE consumer = $1", OWN_LOG
            )
            or 0
        )
        while done.seq < end:
            events = await read_log(raw, done.seq, min(self._page, end - done.seq))
            yield [SourcedEvent(source, event) for event in events]

    async def _parked(
        self, connection: AsyncConnection, source: str, events: Sequence[SourcedEvent]
    ) -> set[int]:
        rows = await (await driver(connection)).fetch(
            "SELECT seq FROM parked WHERE source = $1 AND seq BETWEEN $2 AND $3",
            source,
            events[0].record.seq,
            events[-1].record.seq,
        )
        return {row["seq"] for row in rows}

    async def _compare(self, connection: AsyncConnection, table: Table) -> TableComparison:
        serving, rebuilt = f'"{table.name}"', f'"{self._schema}"."{table.name}"'
        raw = await driver(connection)
        count = await raw.fetchval(f"SELECT count(*) FROM {rebuilt}")
        result = TableComparison(table.name, count)
        for name, left, right in (
            ("only_serving", serving, rebuilt),
            ("only_rebuilt", rebuilt, serving),
        ):
            rows = await raw.fetch(
                # As text, since json has no equality.
                f"SELECT t::text AS row FROM {left} t EXCEPT ALL SELECT t::text FROM {right} t"
            )
            setattr(result, name, len(rows))
            result.samples += [{name: row["row"]} for row in rows[:_SAMPLE]]
        return result

    async def _switch(self, connection: AsyncConnection) -> None:
        for table in self._projection.tables:
            grants = await connection.execute(
                text(
                    "SELECT privilege_type, grantee FROM information_schema.role_table_grants"
                    " WHERE table_schema = 'public' AND table_name = :name"
                ),
                {"name": table.name},
            )
            for privilege, grantee in grants.all():
                await connection.execute(
                    text(f'GRANT {privilege} ON "{self._schema}"."{table.name}" TO "{grantee}"')
                )
            await connection.execute(text(f'DROP TABLE public."{table.name}"'))
            await connection.execute(
                text(f'ALTER TABLE "{self._schema}"."{table.name}" SET SCHEMA public')
            )
