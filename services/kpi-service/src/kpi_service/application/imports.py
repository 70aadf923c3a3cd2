"""A catalogue of KPIs from a file: all of it is one write, or nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import cast
from uuid import UUID

from helmlog_events.contracts.kpi import KPIsImported
from helmlog_events.contracts.reservations import NameReserved
from helmlog_events.envelope import NEW_STREAM, NewEvent, RecordedEvent, StreamWrite
from helmlog_events.ids import new_id, stream_id
from helmlog_events.store.protocol import EventStore
from helmlog_events.tables.reading import Rejected, Table

from kpi_service.domain.imports.plan import Defaults, Outcome, PlannedRow, Standing, plan_row
from kpi_service.domain.imports.rows import KPIRow, read_rows
from kpi_service.domain.kpi.events import KPIEvent, true_since
from kpi_service.domain.kpi.state import fold


@dataclass(frozen=True, slots=True)
class PlannedImport:
    """`rows` in the order of the file; `writes` record all of it."""

    import_id: UUID
    rows: tuple[PlannedRow, ...]
    rejected: tuple[Rejected, ...]
    writes: tuple[StreamWrite, ...]

    def count(self, outcome: Outcome) -> int:
        return sum(one.outcome == outcome for one in self.rows)


@dataclass(frozen=True, slots=True)
class Imports:
    store: EventStore

    async def plan(
        self, tenant: str, body: bytes, table: Table, defaults: Defaults
    ) -> PlannedImport:
        """What the rows say beside what stands. A row that is refused keeps no other out."""
        read = read_rows(table.records)
        standing = await self._standing(tenant, [one for one in read if isinstance(one, KPIRow)])
        planned = [
            one if isinstance(one, Rejected) else plan_row(one, standing[one.slug], defaults)
            for one in read
        ]
        rows = tuple(one for one in planned if isinstance(one, PlannedRow))
        refused = [*table.rejected, *(one for one in planned if isinstance(one, Rejected))]
        rejected = tuple(sorted(refused, key=lambda one: one.row))
        return _recorded(body, rows, rejected, defaults)

    async def _standing(self, tenant: str, rows: Sequence[KPIRow]) -> dict[str, Standing]:
        names = {one.slug: stream_id("kpi_slug", one.slug) for one in rows}
        reserved = await self._read(tenant, names.values())
        ids = {
            slug: cast("NameReserved", reserved[name][0].event).holder
            for slug, name in names.items()
            if name in reserved
        }
        kpis = await self._read(tenant, [stream_id("kpi", kpi_id) for kpi_id in ids.values()])
        found = {slug: kpis[stream_id("kpi", kpi_id)] for slug, kpi_id in ids.items()}
        return {slug: _folded(found[slug]) if slug in found else Standing() for slug in names}

    async def _read(
        self, tenant: str, streams: Sequence[str] | object
    ) -> dict[str, Sequence[RecordedEvent]]:
        wanted = dict.fromkeys(cast("Sequence[str]", streams), 0)
        return {**await self.store.read_streams(tenant, wanted)}


def _folded(records: Sequence[RecordedEvent]) -> Standing:
    return Standing(fold(cast("KPIEvent", one.event) for one in records), len(records))


def _recorded(
    body: bytes, rows: tuple[PlannedRow, ...], rejected: tuple[Rejected, ...], defaults: Defaults
) -> PlannedImport:
    planned = PlannedImport(new_id(), rows, rejected, ())
    writes = [write for row in rows for write in _writes(row, defaults)]
    if not writes:
        return planned
    event = KPIsImported(
        import_id=planned.import_id,
        digest=sha256(body).hexdigest(),
        rows=len(rows) + len(rejected),
        created=planned.count("created"),
        revised=planned.count("revised"),
        unchanged=planned.count("unchanged"),
        rejected=len(rejected),
    )
    told = NewEvent(event, defaults.at)
    whole = StreamWrite(stream_id("kpi_import", planned.import_id), NEW_STREAM, (told,))
    return PlannedImport(planned.import_id, rows, rejected, (*writes, whole))


def _writes(row: PlannedRow, defaults: Defaults) -> list[StreamWrite]:
    if not row.events:
        return []
    new = tuple(NewEvent(event, true_since(event, defaults.at)) for event in row.events)
    writes = [StreamWrite(stream_id("kpi", row.kpi_id), row.before.version, new)]
    if row.outcome == "created":
        reserved = NewEvent(NameReserved(holder=row.kpi_id), defaults.at)
        name = stream_id("kpi_slug", row.row.slug)
        writes.append(StreamWrite(name, NEW_STREAM, (reserved,)))
    return writes
