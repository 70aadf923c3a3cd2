"""Which periods are too fine for what an input is told in.

A KPI measured once a month has no value on most days, nor has one derived by months. So a formula's
period may not be shorter than the cadence of an input, or the period by which it is derived. What
is only cut another way, like weeks and months, is let be.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from helmlog_events.contracts.kpi import Period

from kpi_service.domain.durations import DurationUnreadable, parse_duration
from kpi_service.domain.kpi.state import KPI

_LONGEST: Final[dict[Period, timedelta]] = {
    "hour": timedelta(hours=1),
    "day": timedelta(hours=25),
    "week": timedelta(days=7, hours=1),
    "month": timedelta(days=31, hours=1),
    "quarter": timedelta(days=92, hours=1),
    "year": timedelta(days=366),
    "fiscal_month": timedelta(days=42),
    "fiscal_quarter": timedelta(days=98),
    "fiscal_year": timedelta(days=371),
}
_SHORTEST: Final[dict[str, timedelta]] = {
    "hour": timedelta(minutes=30),
    "day": timedelta(hours=23),
    "week": timedelta(days=6, hours=23),
    "month": timedelta(days=27, hours=23),
    "quarter": timedelta(days=89, hours=23),
    "year": timedelta(days=365),
    "fiscal_month": timedelta(days=27, hours=23),
    "fiscal_quarter": timedelta(days=83, hours=23),
    "fiscal_year": timedelta(days=363, hours=23),
    "P1M": timedelta(days=28),
    "P3M": timedelta(days=90),
    "P1Y": timedelta(days=365),
}


def coarsest_measured(kpi: KPI, since: datetime) -> str:
    """The period by which it is derived from `since` on, the longest if several, else its cadence.

    A period's name or an ISO 8601 duration.
    """
    held = kpi.formula_at(since)
    derived_by = [one.period for one in kpi.formulas if one == held or one.effective_from >= since]
    if derived_by:
        return max(derived_by, key=lambda period: _SHORTEST[period])
    return kpi.definition.cadence


def is_finer(period: Period, measured: str) -> bool:
    """Whether each `period` is shorter than what is `measured`; False if it can't be told."""
    return _LONGEST[period] < _shortest(measured)


def _shortest(measured: str) -> timedelta:
    if measured in _SHORTEST:
        return _SHORTEST[measured]
    try:
        return parse_duration(measured)
    except DurationUnreadable:
        return timedelta()  # months and years in other numbers: no length to compare by
