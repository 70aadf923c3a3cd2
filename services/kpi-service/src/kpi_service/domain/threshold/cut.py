"""Where readings show in what is judged: by themselves, or in the values of periods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from helmlog_events.contracts.kpi import Period

from kpi_service.domain.periods import Calendar, CalendarExceeded, Span
from kpi_service.domain.threshold.observation import Place
from kpi_service.domain.threshold.policy import Policy

INSTANT = timedelta(microseconds=1)
_NEVER = datetime.min.replace(tzinfo=UTC)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class Reign(NamedTuple):
    """What is judged from `begins` on, before `ends`: readings, or the values of `period`."""

    begins: datetime
    ends: datetime
    period: Period | None

    @property
    def start(self) -> Place:
        """Before everything that is judged in it but a period that ends as it begins."""
        return self.begins, ""


@dataclass(frozen=True, slots=True)
class Cut:
    """How a KPI's time is cut by its policies, which are in the order of the time they hold from.

    Where a fiscal calendar is needed that is not known, nothing is judged.
    """

    policies: Sequence[Policy]
    calendar: Calendar

    def reigns(self) -> Iterator[Reign]:
        for place, policy in enumerate(self.policies):
            following = self.policies[place + 1 : place + 2]
            ends = following[0].effective_from if following else _END_OF_TIME
            period = policy.period
            fiscal = period is not None and period.startswith("fiscal_")
            if not fiscal or self.calendar.fiscal is not None:
                yield Reign(policy.effective_from, ends, period)

    def edge(self, reign: Reign, moment: datetime) -> datetime:
        """Where the first period begins that is judged in the reign and ends after `moment`."""
        before_reign = max(_NEVER + INSTANT, reign.begins) - INSTANT
        moment = max(moment, before_reign)
        span = self._span_in(reign, moment)
        return moment if span is None else span.starts_at

    def spans_from(self, reign: Reign, moment: datetime, up_to: datetime) -> Iterator[Span]:
        """Those judged in the reign from that of `moment` on, which end by `up_to`, in order."""
        span = self._span_in(reign, moment)
        while span is not None and span.ends_at <= up_to and span.ends_at < reign.ends:
            if span.ends_at >= reign.begins:
                yield span
            span = self._span_in(reign, span.ends_at)

    def spans_back(self, reign: Reign, moment: datetime, up_to: datetime) -> Iterator[Span]:
        """Those judged in the reign from that of `moment` on backwards, which end by `up_to`."""
        span = self._span_in(reign, moment)
        while span is not None and span.ends_at >= reign.begins:
            if span.ends_at <= up_to and span.ends_at < reign.ends:
                yield span
            span = self._span_in(reign, span.starts_at - INSTANT)

    def shown(self, readings: Sequence[Place], up_to: datetime) -> Iterator[Place]:
        """What these readings, in order, can have changed of what was judged by `up_to`."""
        for reign in self.reigns():
            if reign.period is None:
                yield from (one for one in readings if reign.begins <= one[0] < reign.ends)
                continue
            ends_at = _NEVER
            for observed_at, _ in readings:
                if observed_at < ends_at:
                    continue
                span = self._span_in(reign, observed_at)
                if span is None or span.ends_at > up_to:
                    break
                ends_at = span.ends_at
                if reign.begins <= ends_at < reign.ends:
                    yield ends_at, ""

    def ends_of(self, moment: datetime) -> list[datetime]:
        """When the periods end that `moment` lies in and that are judged."""
        spans = [(reign, self._span_in(reign, moment)) for reign in self.reigns()]
        return [
            span.ends_at
            for reign, span in spans
            if span is not None and reign.begins <= span.ends_at < reign.ends
        ]

    def ending_at(self, moment: datetime) -> tuple[Period, Span] | None:
        """The period that is judged at `moment`; none where readings are, or none ends then."""
        for reign in self.reigns():
            if reign.period is not None and reign.begins <= moment < reign.ends:
                span = self._span_in(reign, moment - INSTANT)
                if span is not None and span.ends_at == moment:
                    return reign.period, span
        return None

    def _span_in(self, reign: Reign, moment: datetime) -> Span | None:
        """The period of the reign's kind that `moment` lies in; none where no calendar reaches."""
        if reign.period is None:
            return None
        try:
            return self.calendar.span_of(reign.period, moment)
        except CalendarExceeded:
            return None


def hull(places: Iterable[Place]) -> tuple[Place, Place] | None:
    """The first and the last of them."""
    ordered = sorted(places)
    return (ordered[0], ordered[-1]) if ordered else None
