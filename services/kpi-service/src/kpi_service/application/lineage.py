"""Where a derived value comes from: formula, inputs, steps, and the same of derived inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Final, cast
from uuid import UUID

import asyncpg
from helmlog_events.contracts.kpi import KPIFormulaSet
from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.connections import driver
from helmlog_events.store.postgres.rows import read_stream
from sqlalchemy.ext.asyncio import AsyncEngine

from kpi_service.domain.formula.affected import reigns
from kpi_service.domain.formula.decide import made_of
from kpi_service.domain.formula.evaluate import Step, Value, steps
from kpi_service.domain.formula.parse import parse
from kpi_service.domain.formula.refusals import PeriodNotDerived
from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.kpi.refusals import KPIUnknown
from kpi_service.domain.kpi.state import KPI, fold
from kpi_service.domain.periods import Calendar, CalendarExceeded, Span
from kpi_service.domain.readings.reading import FORMULA_SOURCE
from kpi_service.readmodel.derived import DerivedPeriod, derive, period_at
from kpi_service.readmodel.fiscal_calendars import read_calendar
from kpi_service.readmodel.period_values import PeriodValue

MAX_PERIODS: Final = 31
"""Of a derived input within one period."""
MAX_TOLD: Final = 200
"""Derived values in one answer."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The value as it stands among the readings; none if it was withdrawn."""

    value: Decimal | None
    revision: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class InputLineage:
    """`value` is that of the period, or of the one before. `readings` are those that count, while
    `last_revision` tells how often one of them was corrected. `made_of` are the derived values of a
    derived input; `left_out` says that there are more.
    """

    name: str
    kpi_id: UUID
    slug: str
    span: Span
    value: PeriodValue | None
    last_revision: int | None
    made_of: Sequence[PeriodLineage]
    left_out: bool


@dataclass(frozen=True, slots=True)
class PeriodLineage:
    """`is_over`: what still runs has no recorded value, and may come to another."""

    kpi_id: UUID
    slug: str
    span: Span
    formula: KPIFormulaSet
    inputs: Sequence[InputLineage]
    steps: Sequence[Step]
    result: Value
    recorded: Recorded | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class Lineages:
    """On one connection each: one that waited for a second would use up the pool."""

    engine: AsyncEngine

    async def of(
        self,
        tenant: str,
        kpi_id: UUID,
        moment: datetime,
        now: datetime,
        *,
        known_at: datetime | None = None,
        up_to_seq: int | None = None,
    ) -> PeriodLineage:
        """Of the period `moment` lies in, as it was known then. Raises `PeriodNotDerived`."""
        async with self.engine.connect() as sql:
            telling = _Telling(
                await driver(sql), tenant, known_at, up_to_seq, min(now, known_at or now)
            )
            kpi = await telling.load(kpi_id)
            calendar = await telling.calendar(kpi)
            try:
                span = period_at(kpi, calendar, moment)
                told = None if span is None else await telling.tell(kpi, calendar, [span])
            except CalendarExceeded:
                told = None  # at the ends of time
            if not told:
                raise PeriodNotDerived(kpi.definition.slug, moment)
            return told[0]


class _Telling:
    """One answer; it grows no longer than `MAX_TOLD` derived values."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        tenant: str,
        known_at: datetime | None,
        up_to_seq: int | None,
        now: datetime,
    ) -> None:
        self.connection = connection
        self._tenant = tenant
        self._known_at = known_at
        self._up_to_seq = up_to_seq
        self._now = now
        self._kpis: dict[UUID, KPI] = {}
        self._told = 0

    async def load(self, kpi_id: UUID) -> KPI:
        if kpi_id not in self._kpis:
            records = await read_stream(
                self.connection, self._tenant, stream_id("kpi", kpi_id), up_to_seq=self._up_to_seq
            )
            kpi = fold(cast("KPIEvent", record.event) for record in records)
            if not isinstance(kpi, KPI):
                raise KPIUnknown(kpi_id)
            self._kpis[kpi_id] = kpi
        return self._kpis[kpi_id]

    async def calendar(self, kpi: KPI) -> Calendar:
        return await read_calendar(
            self.connection, self._tenant, kpi.definition, known_at=self._known_at
        )

    async def tell(
        self, kpi: KPI, calendar: Calendar, spans: Sequence[Span]
    ) -> list[PeriodLineage]:
        self._told += len(spans)
        inputs = {kpi_id: await self.load(kpi_id) for kpi_id in made_of(kpi)}
        derived = await derive(
            self.connection, self._tenant, kpi, inputs, calendar, spans, known_at=self._known_at
        )
        recorded = await self._recorded(kpi.definition.kpi_id, [one.span for one in derived])
        return [
            await self._told_of(kpi, inputs, one, recorded.get(one.span.starts_at))
            for one in derived
        ]

    async def _told_of(
        self,
        kpi: KPI,
        inputs: Mapping[UUID, KPI],
        derived: DerivedPeriod,
        recorded: Recorded | None,
    ) -> PeriodLineage:
        formula = derived.reign.formula
        expression = parse(formula.expression)
        looking_back = derived.reign.names_before
        told: list[InputLineage] = []
        for one in formula.inputs:
            source = inputs[one.kpi_id]
            value = derived.inputs.get(one.name)
            told.append(await self._input(one.name, source, derived.span, value))
            if one.name in looking_back and derived.span_before is not None:
                before = derived.before.get(one.name)
                told.append(await self._input(one.name, source, derived.span_before, before))
        taken = steps(expression, derived.given)
        return PeriodLineage(
            kpi.definition.kpi_id,
            kpi.definition.slug,
            derived.span,
            formula,
            told,
            taken,
            derived.value,
            recorded,
            is_over=derived.span.ends_at <= self._now,
        )

    async def _input(
        self, name: str, kpi: KPI, span: Span, value: PeriodValue | None
    ) -> InputLineage:
        kpi_id = kpi.definition.kpi_id
        made: Sequence[PeriodLineage] = ()
        left_out = False
        if kpi.is_derived:
            calendar = await self.calendar(kpi)
            spans = list(islice(_periods_within(kpi, calendar, span), MAX_PERIODS + 1))
            room = min(MAX_PERIODS, MAX_TOLD - self._told)
            left_out = len(spans) > room
            made = await self.tell(kpi, calendar, spans[: max(0, room)])
        return InputLineage(
            name,
            kpi_id,
            kpi.definition.slug,
            span,
            value,
            await self._last_revision(kpi_id, span),
            made,
            left_out,
        )

    async def _last_revision(self, kpi_id: UUID, span: Span) -> int | None:
        found: int | None = await self.connection.fetchval(
            "SELECT max(revision) FROM readings WHERE tenant = $1 AND kpi_id = $2"
            " AND observed_at >= $3 AND observed_at < $4"
            " AND ($5::timestamptz IS NULL OR received_at <= $5)",
            self._tenant,
            kpi_id,
            span.starts_at,
            span.ends_at,
            self._known_at,
        )
        return found

    async def _recorded(self, kpi_id: UUID, spans: Sequence[Span]) -> dict[datetime, Recorded]:
        rows = await self.connection.fetch(
            "SELECT DISTINCT ON (observed_at) observed_at, value, revision, received_at"
            " FROM readings WHERE tenant = $1 AND kpi_id = $2 AND source = $3"
            " AND observed_at = ANY($4::timestamptz[])"
            " AND ($5::timestamptz IS NULL OR received_at <= $5)"
            " ORDER BY observed_at, revision DESC",
            self._tenant,
            kpi_id,
            FORMULA_SOURCE,
            [one.starts_at for one in spans],
            self._known_at,
        )
        return {row["observed_at"]: Recorded(*list(row)[1:]) for row in rows}


def _periods_within(kpi: KPI, calendar: Calendar, span: Span) -> Iterator[Span]:
    """The derived periods that begin within `span`: their values are what is read there."""
    for reign in reigns(kpi):
        for one in calendar.spans(reign.formula.period, span.starts_at, span.ends_at):
            if one.starts_at >= span.starts_at and reign.holds_for(one.starts_at):
                yield one
