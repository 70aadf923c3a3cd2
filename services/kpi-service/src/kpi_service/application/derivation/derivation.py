"""Computes the periods of derived KPIs that are over, and writes what they come to as readings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from graphlib import TopologicalSorter
from itertools import chain
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from helmlog_events import clock
from helmlog_events.envelope import (
    ANY_VERSION,
    Append,
    Metadata,
    NewEvent,
    SourcedEvent,
    StreamWrite,
    caused_by,
)
from helmlog_events.ids import stream_id
from helmlog_events.kafka.sessions import lock_key
from helmlog_events.store.postgres.connections import is_outage
from helmlog_events.store.postgres.rows import read_log
from helmlog_events.store.postgres.store import PostgresStore

from kpi_service.application.catalogue import Catalogue
from kpi_service.application.derivation import due as notes
from kpi_service.application.derivation.due import DueKPI, DueRange
from kpi_service.application.derivation.outcomes import (
    Changes,
    changes,
    keep_reasons,
    read_standing,
)
from kpi_service.application.derivation.periods import Periods, runs
from kpi_service.application.ingestion import Ingestion
from kpi_service.application.partitions import Partitions, month_of
from kpi_service.domain.formula.affected import affected
from kpi_service.domain.formula.decide import made_of
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Calendar, Span
from kpi_service.domain.readings.reading import FORMULA_SOURCE, Lot
from kpi_service.readmodel.derived import derive
from kpi_service.readmodel.fiscal_calendars import read_calendar
from kpi_service.readmodel.projections import SOURCE

AT_ONCE: Final = 1_000
"""Periods of a KPI that are computed in one transaction."""
PAUSE: Final = 0.2
"""Seconds between two looks at what is due."""
POSTPONED: Final = timedelta(minutes=1)

_ACTOR: Final = "formula"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Derivation:
    """What is due stands in the database, so a restart forgets nothing.

    Several workers may run it: a KPI is computed by one at a time. What is computed twice has one
    effect, for a value that stands already is not written again.
    """

    store: PostgresStore
    ingestion: Ingestion
    catalogue: Catalogue
    partitions: Partitions

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            try:
                while await self.derive_due(clock.now()):
                    pass
            except Exception as error:  # noqa: BLE001 - the database is away; what is due stays due
                _log.warning("derivation_retried", error=repr(error))
            await asyncio.sleep(PAUSE)

    async def derive_due(self, now: datetime) -> int:
        """Goes once through the KPIs that have periods due, inputs before what is made of them.

        Returns how many periods it has done, and ranges it has looked into.
        """
        async with self.store.transaction() as tx:
            waiting = await notes.list_kpis(tx.raw, now)
            waiting = await self._in_order(tx.raw, waiting)
        return sum([await self._tried(one, now) for one in waiting])

    async def _in_order(
        self, connection: asyncpg.Connection, waiting: Sequence[DueKPI]
    ) -> list[DueKPI]:
        order: TopologicalSorter[DueKPI] = TopologicalSorter()
        for tenant in {one.tenant for one in waiting}:
            kpi_ids = {one.kpi_id for one in waiting if one.tenant == tenant}
            kpis = await self.catalogue.definitions(connection, tenant, kpi_ids)
            for kpi_id, kpi in kpis.items():
                below = [DueKPI(tenant, one) for one in made_of(kpi) if one in kpi_ids]
                order.add(DueKPI(tenant, kpi_id), *below)
        return list(order.static_order())

    async def _tried(self, due: DueKPI, now: datetime) -> int:
        """One that fails keeps none of the others waiting."""
        try:
            return await self._derive(due, now)
        except asyncpg.DeadlockDetectedError:
            return 1  # with what was being noted meanwhile: to be done again at once
        except Exception as error:
            if is_outage(error):
                raise
            _log.warning(
                "derivation_postponed", tenant=due.tenant, kpi=str(due.kpi_id), error=repr(error)
            )
            async with self.store.transaction() as tx:
                await notes.postpone(tx.raw, due, now, now + POSTPONED)
            return 0

    async def _derive(self, due: DueKPI, now: datetime) -> int:
        async with self.store.transaction() as tx:
            ranges = await notes.list_ranges(tx.raw, due, now)
            for one in ranges:
                await self._look_into(tx.raw, due, one)
        async with self.store.transaction() as tx:
            listed = await notes.list_periods(tx.raw, due, now, AT_ONCE)
        if listed:
            starts = [one.starts_at for one in listed]
            await self.partitions.taking(partial(self._derive_periods, due, starts, now))
        return len(ranges) + len(listed)

    async def _look_into(
        self, connection: asyncpg.Connection, due: DueKPI, wanted: DueRange
    ) -> None:
        """Finds the periods of a range: those that may have a value, and those that have one."""
        kpi, inputs, calendar = await self._definitions(connection, due)
        instants = await notes.read_instants(connection, due.tenant, [*inputs], wanted)
        found = {
            span.starts_at: span
            for first, last in runs(instants)
            for span in affected(kpi, calendar, inputs, first, last)
        }
        if wanted.batch_id is None:
            # By another formula or calendar, a value may stand where no period begins any more.
            for at in await notes.read_derived(connection, due, wanted):
                found[at] = Span(at, at)
        await notes.note_periods(connection, due.tenant, due.kpi_id, found.values(), wanted.noted)
        await notes.settle_range(connection, due, wanted)

    async def _derive_periods(self, due: DueKPI, starts: Sequence[datetime], now: datetime) -> None:
        # Before the transaction: making a partition waits for other makers.
        put_away = await self.partitions.ensure(starts)
        async with self.store.transaction() as tx:
            # What two workers read at different times must not be written in the other order.
            await tx.raw.execute("SELECT pg_advisory_xact_lock($1)", lock_key("derivation", *due))
            listed = await notes.list_still_due(tx.raw, due, now, starts)
            if not listed:
                return
            # What was said of a month that is put away stays as it was said.
            there = [one for one in listed if month_of(one.starts_at) not in put_away]
            if not there:
                await notes.settle_periods(tx.raw, due, listed)
                return
            kpi, inputs, calendar = await self._definitions(tx.raw, due)
            standing = await read_standing(tx.raw, due, [one.starts_at for one in there])
            periods = Periods.of(kpi, calendar, there, now)
            derived = await derive(tx.raw, due.tenant, kpi, inputs, calendar, periods.over)
            found = changes(due.kpi_id, periods.outcomes(there, derived, standing), standing)
            writes = await self._taken(tx.raw, due, found, now)
            await keep_reasons(tx.raw, due, found)
            await notes.settle_periods(tx.raw, due, listed)
            await notes.note_periods(
                tx.raw, *due, periods.running, max(one.noted for one in listed)
            )
            if writes:
                metadata = await _caused_by(tx.raw, max(one.noted for one in listed))
                await tx.append(Append(due.tenant, metadata, writes))

    async def _taken(
        self, connection: asyncpg.Connection, due: DueKPI, found: Changes, now: datetime
    ) -> tuple[StreamWrite, ...]:
        writes: tuple[StreamWrite, ...] = ()
        if found.readings:
            lot = Lot(str(due.kpi_id), FORMULA_SOURCE, found.readings)
            result = await self.ingestion.take(connection, due.tenant, [lot], now)
            writes = result.writes
            if result.rejected:  # after its retirement
                _log.warning(
                    "derived_values_rejected",
                    tenant=due.tenant,
                    kpi=str(due.kpi_id),
                    count=len(result.rejected),
                    reason=result.rejected[0].reason,
                )
        if not found.undefined:
            return writes
        stream = stream_id("kpi_value", due.kpi_id)
        said = tuple(NewEvent(one, one.starts_at) for one in found.undefined)
        values = [*(one.events for one in writes if one.stream == stream), said]
        others = [one for one in writes if one.stream != stream]
        return (*others, StreamWrite(stream, ANY_VERSION, tuple(chain.from_iterable(values))))

    async def _definitions(
        self, connection: asyncpg.Connection, due: DueKPI
    ) -> tuple[KPI, Mapping[UUID, KPI], Calendar]:
        kpi = (await self.catalogue.definitions(connection, due.tenant, [due.kpi_id]))[due.kpi_id]
        inputs = await self.catalogue.definitions(connection, due.tenant, made_of(kpi))
        return kpi, inputs, await read_calendar(connection, due.tenant, kpi.definition)


async def _caused_by(connection: asyncpg.Connection, noted: int) -> Metadata:
    """By the last of the events that made the periods due."""
    (record,) = await read_log(connection, noted - 1, 1)
    return caused_by(SourcedEvent(SOURCE, record), _ACTOR)
