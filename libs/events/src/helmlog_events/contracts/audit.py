"""What the witness says."""

from __future__ import annotations

from typing import Literal

from helmlog_events.contracts.event import Event, event

FindingKind = Literal["missing", "truncated", "altered", "unchained", "unknown"]


@event("TamperingDetected")
class TamperingDetected(Event):
    """An entry that does not hold: of log `source`, at `seq`, found as `finding`.

    missing: a place in the middle is empty; truncated: entries at the end are gone; altered: the
    entry is not what was recorded; unchained: it does not follow from the entry before; unknown:
    it was never journaled where it should have been.
    """

    source: str
    seq: int
    finding: FindingKind
    detail: str
