from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from helmlog_events.envelope import Append, Appended, RecordedEvent
from helmlog_events.store.postgres.announce import Announcer
from helmlog_events.store.postgres.committer import GroupCommitter
from helmlog_events.store.postgres.connections import driver, is_connection_loss
from helmlog_events.store.postgres.rows import (
    find_request,
    read_log,
    read_stream,
    read_streams,
    replayed,
)
from helmlog_events.store.postgres.transaction import Transaction
from helmlog_events.store.postgres.writer import BatchWriter
from helmlog_events.store.protocol import (
    Snapshot,
    StoredRequest,
    StoreUnavailable,
    VersionConflict,
)
from helmlog_events.store.unit import prepare

_LANES = 2


class PostgresStore:
    """The event log in PostgreSQL: see `EventStore` for what each method promises."""

    def __init__(self, engine: AsyncEngine, *, patience: float = 10.0) -> None:
        self._engine = engine
        self._autocommitting = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._writers = [BatchWriter(engine, patience=patience) for _ in range(_LANES)]
        self._committer = GroupCommitter([writer.commit for writer in self._writers])
        self._announcer = Announcer(engine)

    async def append(self, append: Append) -> Appended:
        fate = await self._committer.submit(prepare(append))
        if isinstance(fate, Appended):
            self._announcer.announce()
            return fate
        if isinstance(fate, VersionConflict):
            raise fate
        async with self._reading() as connection:
            raise await replayed(connection, append)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Commits at the end of the block, rolls back on an exception."""
        # The driver's own transaction, which SQLAlchemy, told to open none, works within: it would
        # open one with its first statement, and raw ones come before.
        async with self._autocommitting.connect() as connection:
            raw = await driver(connection)
            async with raw.transaction():
                yield Transaction(connection, raw)
        self._announcer.announce()

    async def read_stream(
        self, tenant: str, stream: str, *, after_version: int = 0, up_to_seq: int | None = None
    ) -> Sequence[RecordedEvent]:
        async with self._reading() as connection:
            return await read_stream(connection, tenant, stream, after_version, up_to_seq)

    async def read_streams(
        self, tenant: str, after_versions: Mapping[str, int], *, up_to_seq: int | None = None
    ) -> Mapping[str, Sequence[RecordedEvent]]:
        async with self._reading() as connection:
            return await read_streams(connection, tenant, after_versions, up_to_seq)

    async def read_log(self, after_seq: int, limit: int) -> Sequence[RecordedEvent]:
        async with self._reading() as connection:
            return await read_log(connection, after_seq, limit)

    async def scan(self, after_seq: int = 0, page: int = 5_000) -> AsyncIterator[RecordedEvent]:
        end = await self.head()
        async with self._reading() as connection:
            rows = await read_log(connection, after_seq, min(page, end - after_seq))
            while rows:
                after_seq = rows[-1].seq
                # The database looks for the next page while this one is worked through.
                coming = asyncio.ensure_future(
                    read_log(connection, after_seq, min(page, end - after_seq))
                )
                try:
                    await asyncio.sleep(0)
                    for row in rows:
                        yield row
                    rows = await coming
                finally:
                    coming.cancel()
                    await asyncio.gather(coming, return_exceptions=True)

    async def head(self) -> int:
        async with self._reading() as connection:
            return int(await connection.fetchval("SELECT coalesce(max(seq), 0) FROM event_log"))

    async def seq_at(self, known_at: datetime) -> int:
        async with self._reading() as connection:
            return int(await connection.fetchval("SELECT seq_at($1)", known_at))

    async def find_request(self, tenant: str, key: str) -> StoredRequest | None:
        async with self._reading() as connection:
            return await find_request(connection, tenant, key)

    async def save_snapshot(self, tenant: str, snapshot: Snapshot) -> None:
        async with self._reading() as connection:
            await connection.execute(
                "INSERT INTO snapshots (tenant, stream, version, schema, state)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, stream) DO UPDATE"
                " SET version = excluded.version, schema = excluded.schema, state = excluded.state"
                " WHERE snapshots.version <= excluded.version",
                tenant,
                snapshot.stream,
                snapshot.version,
                snapshot.schema,
                snapshot.state,
            )

    async def load_snapshot(self, tenant: str, stream: str, schema: str) -> Snapshot | None:
        async with self._reading() as connection:
            row = await connection.fetchrow(
                "SELECT stream, version, schema, state FROM snapshots"
                " WHERE tenant = $1 AND stream = $2 AND schema = $3",
                tenant,
                stream,
                schema,
            )
        return None if row is None else Snapshot(*row)

    async def close(self) -> None:
        """Waits for appends under way; the engine stays its owner's to dispose of."""
        await self._committer.close()
        await self._announcer.close()
        for writer in self._writers:
            await writer.close()

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[asyncpg.Connection]:
        try:
            async with self._engine.connect() as connection:
                yield await driver(connection)
        except Exception as error:
            if is_connection_loss(error):
                raise StoreUnavailable(f"the database is away: {error!r}") from error
            raise
