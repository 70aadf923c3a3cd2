"""What a key result or an objective is said to stand at, and by which rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from helmlog_events.contracts.okr import Status, StatusOverride, StatusRule

from okr_service.domain.arithmetic import add, clamp, divide, multiply, rounded, subtract
from okr_service.domain.course import Course

CADENCE = timedelta(days=7)
GRACE = timedelta(days=3)
ON_TRACK_GAP = Decimal("0.10")
BEHIND_GAP = Decimal("0.25")


@dataclass(frozen=True, slots=True)
class Measured:
    """The newest measurement: clamped progress, when it was true, and a status set by hand."""

    progress: Decimal
    observed_at: datetime
    override: StatusOverride | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Shares of 1, six places; `progress` is none while nothing was measured."""

    progress: Decimal | None
    expected_progress: Decimal
    status: Status
    status_rule: StatusRule


def stand(course: Course, measured: Measured | None, moment: datetime, *, closed: bool) -> Standing:
    """The standing at `moment`: closed > outdated > override > computed from the gap.

    No data is no status but *not measured*: nothing can be outdated that never was.
    """
    moment = course.clock(moment)
    expected = course.expected_progress(moment)
    progress = None if measured is None else measured.progress
    status, rule = _judge(measured, moment, expected, closed=closed)
    return Standing(progress, expected, status, rule)


def _judge(
    measured: Measured | None, moment: datetime, expected: Decimal, *, closed: bool
) -> tuple[Status, StatusRule]:
    if closed:
        return "closed", "closed"
    if measured is None:
        return "not_measured", "not_measured"
    if moment - measured.observed_at > CADENCE + GRACE:
        return "outdated", "outdated"
    if measured.override is not None:
        return measured.override, "override"
    return status_of_gap(subtract(expected, measured.progress)), "computed"


def status_of_gap(gap: Decimal) -> Status:
    """How far progress stays behind what is expected; the bounds belong to the better status."""
    if gap <= ON_TRACK_GAP:
        return "on_track"
    return "behind" if gap <= BEHIND_GAP else "at_risk"


def combine(parts: Iterable[tuple[Decimal, Measured | None]]) -> Measured | None:
    """The weighted mean of what is measured, as fresh as the freshest; none if nothing is.

    Parts are (weight, measurement); weights are positive.
    """
    known = [(weight, measured) for weight, measured in parts if measured is not None]
    if not known:
        return None
    total = add(multiply(weight, measured.progress) for weight, measured in known)
    mean = rounded(clamp(divide(total, add(weight for weight, _ in known))))
    return Measured(mean, max(measured.observed_at for _, measured in known))
