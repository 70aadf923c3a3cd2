"""What derived KPIs come to so far in the periods that run: of these nothing is recorded yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.kpi import Period

from kpi_service.domain.formula.decide import made_of
from kpi_service.domain.formula.evaluate import Value
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import CalendarExceeded, FiscalCalendarMissing, Span
from kpi_service.readmodel.derived import DerivedPeriod, InputValue, derive, period_at
from kpi_service.readmodel.known_kpis import KnownKPIs


@dataclass(frozen=True, slots=True)
class RunningValue:
    """The value so far, or why there is none.

    `is_silent`: nothing is to be said of it, for no input was read, or the KPI is retired.
    """

    period: Period
    span: Span
    value: Value
    is_silent: bool


@dataclass(frozen=True, slots=True)
class RunningPeriods:
    """Those that run at `at`, made of what was observed by `valid_at`; each is derived once."""

    known: KnownKPIs
    at: datetime
    valid_at: datetime | None = None
    _found: dict[UUID, DerivedPeriod | None] = field(default_factory=dict)

    async def value_of(self, kpi: KPI) -> RunningValue | None:
        """None where no formula makes one."""
        found = await self._of(kpi)
        if found is None:
            return None
        return RunningValue(
            found.reign.formula.period,
            found.span,
            _as_recorded(kpi, found.value),
            found.is_silent or not kpi.is_measured_at(found.span.starts_at),
        )

    async def with_inputs(self, derived: DerivedPeriod) -> DerivedPeriod:
        """If it runs: an input that is derived by the very same period has its value so far."""
        if not derived.span.starts_at <= self.at < derived.span.ends_at:
            return derived
        inputs = dict(derived.inputs)
        for one in derived.reign.formula.inputs:
            running = await self.value_of(await self.known.load(one.kpi_id))
            if running is None or running.span != derived.span:
                continue
            # If `at` lies in the past, what is recorded is made of later readings too.
            inputs.pop(one.name, None)
            if isinstance(running.value, Decimal) and not running.is_silent:
                inputs[one.name] = InputValue(running.value, readings=0)
        return replace(derived, inputs=inputs)

    async def _of(self, kpi: KPI) -> DerivedPeriod | None:
        kpi_id = kpi.definition.kpi_id
        if kpi_id not in self._found:
            self._found[kpi_id] = await self._derived(kpi)
        return self._found[kpi_id]

    async def _derived(self, kpi: KPI) -> DerivedPeriod | None:
        if not kpi.is_derived or kpi.definition.measure == "counter":
            return None  # what a counter rises by is told from readings
        calendar = await self.known.calendar(kpi)
        try:
            span = period_at(kpi, calendar, self.at)
        except (CalendarExceeded, FiscalCalendarMissing):
            return None
        if span is None:
            return None
        (derived,) = await derive(
            self.known.connection,
            self.known.tenant,
            kpi,
            {kpi_id: await self.known.load(kpi_id) for kpi_id in made_of(kpi)},
            calendar,
            [span],
            valid_at=self.valid_at,
            known_at=self.known.known_at,
        )
        return await self.with_inputs(derived)


def _as_recorded(kpi: KPI, value: Value) -> Value:
    """The period's value, once that one is its reading."""
    is_count = kpi.definition.aggregation == "count" and isinstance(value, Decimal)
    return Decimal(1) if is_count else value
