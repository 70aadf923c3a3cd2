"""Of the periods that are due: which are over, which still run, and which are none any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from kpi_service.application.derivation.due import DuePeriod
from kpi_service.application.derivation.outcomes import Outcome, Standing
from kpi_service.domain.formula.affected import own_span
from kpi_service.domain.formula.evaluate import Undefined
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Calendar, Span
from kpi_service.readmodel.derived import DerivedPeriod

NO_PERIOD = Undefined("by the formula in force, no period begins here")
NOT_OVER = Undefined("the period is not over yet")


RUN: Final = timedelta(hours=1)
"""No period is shorter, but for one where the clocks change: there one more may be looked at."""


def runs(instants: Iterable[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """The first and last of those that lie so near together that no whole period is between."""
    first = last = None
    for at in instants:
        if first is None or last is None or at - last > RUN:
            if first is not None and last is not None:
                yield first, last
            first = at
        last = at
    if first is not None and last is not None:
        yield first, last


@dataclass(frozen=True, slots=True)
class Periods:
    """Those of the KPI among what is due, in order."""

    kpi: KPI
    over: Sequence[Span]
    running: Sequence[Span]

    @classmethod
    def of(cls, kpi: KPI, calendar: Calendar, due: Sequence[DuePeriod], now: datetime) -> Self:
        spans = [own_span(kpi, calendar, one.starts_at) for one in due]
        own = [span for span in spans if span is not None]
        return cls(
            kpi,
            [span for span in own if span.ends_at <= now],
            [span for span in own if span.ends_at > now],
        )

    def outcomes(
        self, due: Sequence[DuePeriod], derived: Sequence[DerivedPeriod], standing: Standing
    ) -> Iterator[Outcome]:
        """While the KPI is retired, nothing is said of its periods."""
        found = {one.span.starts_at: one for one in derived}
        running = {span.starts_at for span in self.running}
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
