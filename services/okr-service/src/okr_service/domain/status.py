"""What a key result or an objective is said to stand at, and by which rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from helmlog_events.contracts.okr import CycleSettings, Status, StatusOverride, StatusRule

from okr_service.domain.arithmetic import add, clamp, divide, multiply, rounded, subtract
from okr_service.domain.cycle.state import CycleFacts
from okr_service.domain.remark import Remark


@dataclass(frozen=True, slots=True)
class Measured:
    """The newest measurement: clamped progress, when it was last heard of, and a status by hand."""

    progress: Decimal
    heard_at: datetime
    override: StatusOverride | None = None

    def remarked(self, remark: Remark | None) -> Measured:
        """With what a check-in said besides: being heard of, and the owner's own judgement."""
        if remark is None:
            return self
        heard_at = max(self.heard_at, remark.observed_at)
        return Measured(self.progress, heard_at, remark.override)


@dataclass(frozen=True, slots=True)
class Standing:
    """Shares of 1, six places; `progress` is none while nothing was measured."""

    progress: Decimal | None
    expected_progress: Decimal
    status: Status
    status_rule: StatusRule


def stand(
    cycle: CycleFacts,
    measured: Measured | None,
    moment: datetime,
    *,
    closed: bool,
    expected: Decimal | None = None,
    cadence_days: int | None = None,
    guarded: bool = False,
) -> Standing:
    """The standing at `moment`: closed > outdated > guardrail > override > computed from the gap.

    No data is no status but *not measured*: nothing can be outdated that never was. `expected` is
    what the course would have by then, if that is not a straight line over the cycle;
    `cadence_days` a rhythm of its own; `guarded` says that a guardrail is in breach, which caps
    the status at *at risk*.
    """
    moment = cycle.course.clock(moment)
    if expected is None:
        expected = cycle.course.expected_progress(moment)
    if closed:
        return Standing(_progress(measured), expected, "closed", "closed")
    if measured is None:
        return Standing(None, expected, "not_measured", "not_measured")
    if moment - measured.heard_at > patience(cycle.settings, cadence_days):
        return Standing(measured.progress, expected, "outdated", "outdated")
    status, rule = _judge(measured, expected, cycle.settings, guarded=guarded)
    return Standing(measured.progress, expected, status, rule)


def patience(settings: CycleSettings, cadence_days: int | None) -> timedelta:
    """How long silence is borne: the cadence and the days of grace."""
    cadence = settings.cadence_days if cadence_days is None else cadence_days
    return timedelta(days=cadence + settings.grace_days)


def _progress(measured: Measured | None) -> Decimal | None:
    return None if measured is None else measured.progress


def _judge(
    measured: Measured, expected: Decimal, settings: CycleSettings, *, guarded: bool
) -> tuple[Status, StatusRule]:
    status: Status
    rule: StatusRule
    if measured.override is not None:
        status, rule = measured.override, "override"
    else:
        gap = subtract(expected, measured.progress)
        status, rule = status_of_gap(gap, settings), "computed"
    return ("at_risk", "guardrail") if guarded and status != "at_risk" else (status, rule)


def status_of_gap(gap: Decimal, settings: CycleSettings) -> Status:
    """How far progress stays behind what is expected; the bounds belong to the better status."""
    if gap <= settings.on_track_gap:
        return "on_track"
    return "behind" if gap <= settings.behind_gap else "at_risk"


def combine(parts: Iterable[tuple[Decimal, Measured | None]]) -> Measured | None:
    """The weighted mean of what is measured, as fresh as the freshest; none if nothing is.

    Parts are (weight, measurement); weights are positive.
    """
    known = [(weight, measured) for weight, measured in parts if measured is not None]
    if not known:
        return None
    mean = weighted_mean((weight, measured.progress) for weight, measured in known)
    return Measured(rounded(clamp(mean)), max(measured.heard_at for _, measured in known))


def weighted_mean(parts: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Of (weight, number), at least one; weights are positive."""
    known = list(parts)
    total = add(multiply(weight, number) for weight, number in known)
    return divide(total, add(weight for weight, _ in known))
