"""Alarms that are set and ring: a small service with a timer, for tests of what carries it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from alembic.operations import Operations
from helmlog_events.contracts.event import Event, event
from helmlog_events.envelope import Append, NewEvent, SourcedEvent, StreamWrite
from helmlog_events.pipeline.protocols import Due
from helmlog_events.pipeline.timers import fired_by
from helmlog_events.pipeline.write import upsert_rows
from helmlog_events.store.postgres.transaction import Transaction
from helmlog_events.values import Instant
from sqlalchemy import Boolean, Column, DateTime, MetaData, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.databases import APP, install_log

ALARMS = Table(
    "alarms",
    MetaData(),
    Column("tenant", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("rung", Boolean, nullable=False),
)


@event("AlarmSet")
class AlarmSet(Event):
    due_at: Instant


@event("AlarmRang")
class AlarmRang(Event):
    due_at: Instant


def install_alarms(operations: Operations) -> None:
    install_log(operations)
    ALARMS.create(operations.get_bind())
    operations.get_bind().exec_driver_sql(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON alarms TO {APP}"
    )


class AlarmsProjection:
    name = "alarms"
    sources = frozenset({"alarms"})
    tables = (ALARMS,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        rows = [
            {
                "tenant": item.record.tenant,
                "stream": item.record.stream,
                "due_at": alarm.due_at,
                "rung": isinstance(alarm, AlarmRang),
            }
            for item in events
            if isinstance(alarm := item.record.event, AlarmSet | AlarmRang)
        ]
        await upsert_rows(sql, ALARMS, rows)


class RingAlarms:
    """Rings once. `broken` alarms fail, as a bug would; at a `breakpoint` it stands still."""

    name = "ring-alarms"

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.fired: list[str] = []
        self.arrived = asyncio.Event()
        self.held: set[str] = set()

    async def due(self, sql: AsyncConnection, by: datetime, limit: int) -> Sequence[Due]:
        query = (
            select(ALARMS.c.due_at, ALARMS.c.tenant, ALARMS.c.stream)
            .where(~ALARMS.c.rung, ALARMS.c.due_at <= by)
            .order_by(ALARMS.c.due_at)
            .limit(limit)
        )
        return [Due(*row) for row in await sql.execute(query)]

    async def fire(self, tx: Transaction, due: Due) -> Sequence[Append]:
        self.fired.append(due.key)
        stream = await tx.read_stream(due.tenant, due.key)
        if due.key in self.held:
            self.arrived.set()
            await asyncio.Event().wait()
        if due.key in self.broken:
            raise LookupError(due.key)
        if any(isinstance(record.event, AlarmRang) for record in stream):
            return []
        write = StreamWrite(due.key, len(stream), (NewEvent(AlarmRang(due_at=due.at), due.at),))
        return [Append(due.tenant, fired_by(self, due), (write,))]
