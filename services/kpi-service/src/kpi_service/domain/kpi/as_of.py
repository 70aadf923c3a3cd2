"""Which events say what a KPI was at a moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from helmlog_events.contracts.kpi import KPIRevised

from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.kpi.state import KPIState, fold


class DatedEvent(NamedTuple):
    """`occurred_at` is when it was true, `seq` its place among what was learned."""

    event: KPIEvent
    occurred_at: datetime
    seq: int


def fold_as_of(
    events: Iterable[DatedEvent], valid_at: datetime | None, up_to_seq: int | None
) -> KPIState:
    """The KPI as it was at `valid_at`, by what stood in the log up to `up_to_seq`.

    A KPI is defined for all time, also for readings from before it was, and what holds from a
    moment on says so itself: a revision alone is true from when it was made.
    """
    return fold(
        event
        for event, occurred_at, seq in events
        if (up_to_seq is None or seq <= up_to_seq)
        and (valid_at is None or not isinstance(event, KPIRevised) or occurred_at <= valid_at)
    )
