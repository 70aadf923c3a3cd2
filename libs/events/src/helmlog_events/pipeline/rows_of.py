from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from helmlog_events.contracts.event import Event
from helmlog_events.envelope import RecordedEvent, SourcedEvent
from helmlog_events.pipeline.write import insert_rows

Row = dict[str, Any]


@dataclass(frozen=True)
class RowsOf:
    """A read model of one table: what `rows` makes of each event of some `kinds`.

    `rows` is handed the entry and its event. A row, once written, stays as it is.
    """

    name: str
    source: str
    table: Table
    kinds: tuple[type[Event], ...]
    rows: Callable[[RecordedEvent, Any], Iterable[Row]]

    @property
    def sources(self) -> frozenset[str]:
        return frozenset({self.source})

    @property
    def tables(self) -> Sequence[Table]:
        return (self.table,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        found = [
            row
            for event in events
            if isinstance(told := event.record.event, self.kinds)
            for row in self.rows(event.record, told)
        ]
        await insert_rows(sql, self.table, found)
