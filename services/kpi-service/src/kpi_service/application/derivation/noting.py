"""Notes what is to be derived anew, in the transaction that moves the position in the own log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final
from uuid import UUID

from helmlog_events.contracts.kpi import (
    IngestedKPI,
    KPIFormulaSet,
    KPIRevised,
    KPIRevived,
    ReadingsIngested,
)
from helmlog_events.envelope import Append, SourcedEvent
from helmlog_events.store.postgres.transaction import Transaction

from kpi_service.application.catalogue import Catalogue
from kpi_service.application.derivation import due
from kpi_service.application.derivation.due import DueRange
from kpi_service.domain.formula.affected import INSTANT, affected
from kpi_service.domain.kpi.refusals import Refusal
from kpi_service.domain.kpi.state import KPI
from kpi_service.readmodel.fiscal_calendars import read_calendar
from kpi_service.readmodel.projections import SOURCE

MAX_AT_ONCE: Final = 50
"""Periods of a KPI that a batch may make due one by one; a wider one is looked at later."""

FOR_EVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


class DerivedDue:
    """However many readings come, a period of a derived KPI is noted once until it is computed.

    A reaction that appends nothing: what comes of it is computed by `Derivation`.
    """

    name = "formula"
    sources = frozenset({SOURCE})
    types = frozenset(
        one.event_type for one in (ReadingsIngested, KPIFormulaSet, KPIRevived, KPIRevised)
    )

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def react(self, tx: Transaction, event: SourcedEvent) -> Sequence[Append]:
        match event.record.event:
            case ReadingsIngested() as batch:
                await self._note_readings(tx, event, batch)
            case KPIFormulaSet() as formula:
                await self._note_from(tx, event, formula.kpi_id, formula.effective_from)
            case KPIRevived() as revived:
                await self._note_from(tx, event, revived.kpi_id, revived.effective_from)
            case KPIRevised() as revised:
                # By another calendar, periods begin at other times.
                if "fiscal_calendar" in revised.changed:
                    await self._note_from(tx, event, revised.kpi_id, None)
            case _:
                pass
        return ()

    async def _note_readings(
        self, tx: Transaction, event: SourcedEvent, batch: ReadingsIngested
    ) -> None:
        tenant = event.record.tenant
        rows = await tx.raw.fetch(
            "SELECT DISTINCT input_id, kpi_id FROM formula_inputs"
            " WHERE tenant = $1 AND input_id = ANY($2::uuid[]) ORDER BY kpi_id, input_id",
            tenant,
            batch.kpi_ids,
        )
        if not rows:
            return
        pairs = [(UUID(int=row["input_id"].int), UUID(int=row["kpi_id"].int)) for row in rows]
        kpis = await self._catalogue.definitions(
            tx.raw, tenant, {kpi_id for pair in pairs for kpi_id in pair}
        )
        read = {one.kpi_id: one for one in _by_kpi(batch)}
        for input_id, kpi_id in pairs:
            await self._note_input(
                tx, event, kpis[kpi_id], kpis[input_id], read[input_id], batch.batch_id
            )

    async def _note_input(
        self,
        tx: Transaction,
        event: SourcedEvent,
        kpi: KPI,
        source: KPI,
        read: IngestedKPI,
        batch_id: UUID,
    ) -> None:
        tenant, seq = event.record.tenant, event.record.seq
        kpi_id = kpi.definition.kpi_id
        last, of_batch = read.last_observed_at, batch_id
        is_counter = source.definition.measure == "counter"
        if is_counter:
            last = await due.next_observed(tx.raw, tenant, read.kpi_id, last)
        try:
            calendar = await read_calendar(tx.raw, tenant, kpi.definition)
            spans = list(
                islice(
                    affected(kpi, calendar, [read.kpi_id], read.first_observed_at, last),
                    MAX_AT_ONCE + 1,
                )
            )
        except Refusal:
            # The calendar isn't known yet, or no more: a matter for the one who derives.
            spans = None
        if spans is not None and len(spans) <= MAX_AT_ONCE:
            await due.note_periods(tx.raw, tenant, kpi_id, spans, seq)
            return
        wanted = DueRange(
            seq, read.first_observed_at, last + INSTANT, None if is_counter else of_batch
        )
        await due.note_range(tx.raw, tenant, kpi_id, wanted, event.record.recorded_at)

    async def _note_from(
        self, tx: Transaction, event: SourcedEvent, kpi_id: UUID, since: datetime | None
    ) -> None:
        """All from `since` on, None for from the first formula on."""
        record = event.record
        kpi = (await self._catalogue.definitions(tx.raw, record.tenant, [kpi_id]))[kpi_id]
        if not kpi.is_derived:
            return
        since = kpi.formulas[0].effective_from if since is None else since
        if since < FOR_EVER:
            wanted = DueRange(record.seq, since, FOR_EVER, None)
            await due.note_range(tx.raw, record.tenant, kpi_id, wanted, record.recorded_at)


def _by_kpi(batch: ReadingsIngested) -> Sequence[IngestedKPI]:
    """In version 1 the event told of the whole batch only."""
    return batch.kpis or [
        IngestedKPI(
            kpi_id=kpi_id,
            count=batch.count,
            first_observed_at=batch.first_observed_at,
            last_observed_at=batch.last_observed_at,
        )
        for kpi_id in batch.kpi_ids
    ]
