"""Of the periods that are due: which are over, which still run, and which are none any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from kpi_service.application.derivation.due import DuePeriod
from kpi_service.application.derivation.outcomes import Outcome, Standing
from kpi_service.domain.formula.affected import own_span
from kpi_service.domain.formula.evaluate import Undefined
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Calendar, Span
from kpi_service.readmodel.derived import DerivedPeriod

NO_PERIOD = Undefined("by the formula in force, no period begins here")
NOT_OVER = Undefined("the period is not over yet")


@dataclass(frozen=True, slots=True)
class Periods:
    kpi: KPI
    calendar: Calendar
    now: datetime

    def over(self, due: Sequence[DuePeriod]) -> list[Span]:
        return [span for span in self._own(due) if span.ends_at <= self.now]

    def running(self, due: Sequence[DuePeriod]) -> list[Span]:
        return [span for span in self._own(due) if span.ends_at > self.now]

    def outcomes(
        self, due: Sequence[DuePeriod], derived: Sequence[DerivedPeriod], standing: Standing
    ) -> Iterator[Outcome]:
        """While the KPI is retired, nothing is said of its periods."""
        found = {one.span.starts_at: one for one in derived}
        running = {span.starts_at for span in self.running(due)}
        for starts_at, noted in due:
            if not self.kpi.is_measured_at(starts_at):
                continue
            stands = starts_at in standing.values
            formula = self.kpi.formula_at(starts_at) or self.kpi.formulas[0]
            one = found.get(starts_at)
            if one is not None:
                silent = one.is_silent and not stands and starts_at not in standing.reasons
                value = None if silent else one.value
            elif stands:
                value = NOT_OVER if starts_at in running else NO_PERIOD
            else:
                value = None
            yield Outcome(starts_at, formula.period, value, noted)

    def _own(self, due: Sequence[DuePeriod]) -> Iterator[Span]:
        for one in due:
            span = own_span(self.kpi, self.calendar, one.starts_at)
            if span is not None:
                yield span
