"""Which periods of a derived KPI hang on what was observed of an input."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from uuid import UUID

from helmlog_events.contracts.kpi import KPIFormulaSet

from kpi_service.domain.formula.parse import parse
from kpi_service.domain.formula.tree import names_before
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Calendar, CalendarExceeded, Span

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Reign:
    """A formula and the periods it makes: those that begin before `until`, None for all later."""

    formula: KPIFormulaSet
    until: datetime | None

    def holds_for(self, starts_at: datetime) -> bool:
        since = self.formula.effective_from
        return since <= starts_at and (self.until is None or starts_at < self.until)

    @property
    def names_before(self) -> frozenset[str]:
        return _names_before(self.formula.expression)


@lru_cache(maxsize=4_096)
def _names_before(expression: str) -> frozenset[str]:
    return names_before(parse(expression))


def reigns(kpi: KPI) -> list[Reign]:
    """The formulas in the order in which they hold."""
    followed = [Reign(one, coming.effective_from) for one, coming in pairwise(kpi.formulas)]
    return [*followed, *(Reign(one, None) for one in kpi.formulas[-1:])]


def own_span(kpi: KPI, calendar: Calendar, starts_at: datetime) -> Span | None:
    """The period that begins at `starts_at` by the formula in force then; None if none does."""
    formula = kpi.formula_at(starts_at)
    if formula is None:
        return None
    span = calendar.span_of(formula.period, starts_at)
    return span if span.starts_at == starts_at else None


def span_before(calendar: Calendar, reign: Reign, span: Span) -> Span | None:
    """The period before, cut as the formula cuts; None at the beginning of time."""
    try:
        return calendar.span_of(reign.formula.period, span.starts_at - INSTANT)
    except (CalendarExceeded, OverflowError):
        return None


def affected(
    kpi: KPI, calendar: Calendar, inputs: Collection[UUID], first: datetime, last: datetime
) -> Iterator[Span]:
    """Those that `first..last`, both included, lies in; with `previous`, also the one after.

    Raises what a calendar raises.
    """
    for reign in reigns(kpi):
        names = {one.name for one in reign.formula.inputs if one.kpi_id in inputs}
        if names:
            looks_back = not names.isdisjoint(reign.names_before)
            yield from _affected(reign, calendar, first, last, looks_back=looks_back)


def _affected(
    reign: Reign, calendar: Calendar, first: datetime, last: datetime, *, looks_back: bool
) -> Iterator[Span]:
    formula = reign.formula
    since = first
    if formula.effective_from > first:
        # The last period that is not the formula's own may be the one before its first.
        since = max(first, min(last, formula.effective_from - INSTANT))
    before = last + INSTANT if reign.until is None else min(last + INSTANT, reign.until)
    ends_at = since
    # One at least: a period that began under this formula may end long after another holds.
    for span in calendar.spans(formula.period, since, max(before, since + INSTANT)):
        ends_at = span.ends_at
        if reign.holds_for(span.starts_at):
            yield span
    if looks_back and reign.holds_for(ends_at):
        yield calendar.span_of(formula.period, ends_at)
