"""Where a derived value comes from: formula, inputs, steps, and the same of derived inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Final
from uuid import UUID

from helmlog_events.contracts.kpi import KPIFormulaSet
from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncEngine

from kpi_service.domain.formula.affected import reigns
from kpi_service.domain.formula.decide import made_of
from kpi_service.domain.formula.evaluate import Step, Value, steps
from kpi_service.domain.formula.parse import parse
from kpi_service.domain.formula.refusals import PeriodNotDerived
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Calendar, CalendarExceeded, Span
from kpi_service.domain.readings.reading import FORMULA_SOURCE
from kpi_service.readmodel.counted_readings import OF_KPI, known_by
from kpi_service.readmodel.derived import DerivedPeriod, InputValue, derive, period_at
from kpi_service.readmodel.known_kpis import KnownKPIs
from kpi_service.readmodel.running import RunningPeriods

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
    value: InputValue | None
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
            known = KnownKPIs(await driver(sql), tenant, known_at, up_to_seq)
            telling = _Telling(known, min(now, known_at or now))
            kpi = await known.load(kpi_id)
            calendar = await known.calendar(kpi)
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

    def __init__(self, known: KnownKPIs, now: datetime) -> None:
        self._known = known
        self._now = now
        self._running = RunningPeriods(known, now)
        self._told = 0

    async def tell(
        self, kpi: KPI, calendar: Calendar, spans: Sequence[Span]
    ) -> list[PeriodLineage]:
        self._told += len(spans)
        known = self._known
        inputs = {kpi_id: await known.load(kpi_id) for kpi_id in made_of(kpi)}
        derived = [
            await self._running.with_inputs(one)
            for one in await derive(
                known.connection,
                known.tenant,
                kpi,
                inputs,
                calendar,
                spans,
                known_at=known.known_at,
            )
        ]
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
        self, name: str, kpi: KPI, span: Span, value: InputValue | None
    ) -> InputLineage:
        kpi_id = kpi.definition.kpi_id
        made: Sequence[PeriodLineage] = ()
        left_out = False
        if kpi.is_derived:
            calendar = await self._known.calendar(kpi)
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
        found: int | None = await self._known.connection.fetchval(
            f"SELECT max(revision) FROM readings WHERE {OF_KPI}"
            f" AND observed_at >= $3 AND observed_at < $4 AND {known_by('$5')}",
            self._known.tenant,
            kpi_id,
            span.starts_at,
            span.ends_at,
            self._known.known_at,
        )
        return found

    async def _recorded(self, kpi_id: UUID, spans: Sequence[Span]) -> dict[datetime, Recorded]:
        rows = await self._known.connection.fetch(
            "SELECT DISTINCT ON (observed_at) observed_at, value, revision, received_at"
            f" FROM readings WHERE {OF_KPI} AND source = $3"
            f" AND observed_at = ANY($4::timestamptz[]) AND {known_by('$5')}"
            " ORDER BY observed_at, revision DESC",
            self._known.tenant,
            kpi_id,
            FORMULA_SOURCE,
            [one.starts_at for one in spans],
            self._known.known_at,
        )
        return {row["observed_at"]: Recorded(*list(row)[1:]) for row in rows}


def _periods_within(kpi: KPI, calendar: Calendar, span: Span) -> Iterator[Span]:
    """The derived periods that begin within `span`: their values are what is read there."""
    for reign in reigns(kpi):
        for one in calendar.spans(reign.formula.period, span.starts_at, span.ends_at):
            if one.starts_at >= span.starts_at and reign.holds_for(one.starts_at):
                yield one
