"""A small read model and a small policy, for tests of what carries them."""

from __future__ import annotations

from collections.abc import Sequence

from alembic.operations import Operations
from helmlog_events.contracts.event import Event, event
from helmlog_events.envelope import Append, Metadata, NewEvent, SourcedEvent, StreamWrite
from helmlog_events.pipeline.write import upsert_rows
from helmlog_events.store.postgres.transaction import Transaction
from helmlog_events.testing.events import Noted
from sqlalchemy import Column, Integer, MetaData, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.databases import APP, install_log

NOTES = Table(
    "notes",
    MetaData(),
    Column("tenant", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("version", Integer, nullable=False),
)


@event("Counted")
class Counted(Event):
    number: int


def install_notes(operations: Operations) -> None:
    install_log(operations)
    NOTES.create(operations.get_bind())
    operations.get_bind().exec_driver_sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO {APP}")


class NotesProjection:
    """The last text of each stream. `broken` texts fail, as a bug would."""

    name = "notes"
    tables = (NOTES,)

    def __init__(self, *sources: str) -> None:
        self.sources = frozenset(sources)
        self.broken: set[str] = set()
        self.batches: list[int] = []

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        self.batches.append(len(events))
        rows = []
        for item in events:
            noted = item.record.event
            if isinstance(noted, Noted):
                if noted.text in self.broken:
                    raise LookupError(noted.text)
                rows.append(
                    {
                        "tenant": item.record.tenant,
                        "stream": f"{item.source}/{item.record.stream}",
                        "text": noted.text,
                        "version": item.record.version,
                    }
                )
        await upsert_rows(sql, NOTES, rows)


class CountingReaction:
    """Counts each foreign note in one stream of its own log, reading it first."""

    name = "counting"
    types = frozenset({"Noted"})

    def __init__(self, *sources: str) -> None:
        self.sources = frozenset(sources)

    async def react(self, tx: Transaction, item: SourcedEvent) -> Sequence[Append]:
        counted = await tx.read_stream(item.record.tenant, "counter-1")
        new = NewEvent(Counted(number=len(counted) + 1), item.record.occurred_at)
        write = StreamWrite("counter-1", len(counted), (new,))
        metadata = Metadata(f"system:{self.name}", causation_id=item.reference)
        return [Append(item.record.tenant, metadata, (write,))]
