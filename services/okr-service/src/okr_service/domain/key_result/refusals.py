from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from okr_service.domain.refusals import Refusal


class UnknownKeyResult(Refusal):
    def __init__(self, key_result_id: UUID) -> None:
        super().__init__(key_result_id)


class WeightNotPositive(Refusal):
    """A key result without weight would count for nothing."""

    def __init__(self, weight: Decimal) -> None:
        super().__init__(weight)


class MilestoneWeightNotPositive(Refusal):
    def __init__(self, name: str, weight: Decimal) -> None:
        super().__init__(name, weight)


class MeasureIncomplete(Refusal):
    """`field` is needed to measure by this metric."""

    def __init__(self, metric: str, field: str) -> None:
        super().__init__(metric, field)
        self.field = field


class MeasureUnsuited(Refusal):
    """`field` means nothing to this metric."""

    def __init__(self, metric: str, field: str) -> None:
        super().__init__(metric, field)
        self.field = field


class BaselineEqualsTarget(Refusal):
    """There is no way to go, so no share of it."""

    def __init__(self, baseline: Decimal) -> None:
        super().__init__(baseline)


class TargetOnWrongSide(Refusal):
    """An increase ends above its baseline, a decrease below."""

    def __init__(self, metric: str, baseline: Decimal, target: Decimal) -> None:
        super().__init__(metric, baseline, target)


class BandEmpty(Refusal):
    """No value lies between these bounds."""

    def __init__(self, lower: Decimal, upper: Decimal) -> None:
        super().__init__(lower, upper)


class MilestonesAlike(Refusal):
    """Milestones are referred to by name, so two can't share one."""

    def __init__(self, name: str) -> None:
        super().__init__(name)


class MilestonesCannotFollowKPI(Refusal):
    """A KPI gives a number; milestones are steps."""

    def __init__(self, kpi_id: UUID) -> None:
        super().__init__(kpi_id)


class BoundToKPI(Refusal):
    """Its KPI moves this key result; a check-in by hand is a correction, with a reason."""

    def __init__(self, kpi_id: UUID) -> None:
        super().__init__(kpi_id)


class CheckInWithoutValue(Refusal):
    """It says neither a value nor words, confidence or a status."""

    def __init__(self, metric: str) -> None:
        super().__init__(metric)


class CheckInUnsuited(Refusal):
    """Milestones are reported as done, everything else as a value; `field` is the other one."""

    def __init__(self, metric: str, field: str) -> None:
        super().__init__(metric, field)
        self.field = field


class UnknownMilestone(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(name)


class ConfidenceOutOfRange(Refusal):
    """Confidence is a whole number from 0 to 10."""

    def __init__(self, confidence: int) -> None:
        super().__init__(confidence)


class OverrideWithoutReason(Refusal):
    """A status set by hand says why."""

    def __init__(self, status: str) -> None:
        super().__init__(status)


class OutsideCycle(Refusal):
    """What is told is about a moment within its cycle."""

    def __init__(self, moment: datetime, field: str = "observed_at") -> None:
        super().__init__(moment)
        self.field = field


class ObservedInFuture(Refusal):
    def __init__(self, moment: datetime, field: str = "observed_at") -> None:
        super().__init__(moment)
        self.field = field


class TargetNotResolved(Refusal):
    """A value means nothing before the relative target became numbers; words are welcome."""

    def __init__(self, key_result_id: UUID) -> None:
        super().__init__(key_result_id)


class KeyResultIsCancelled(Refusal):
    """It stays to be read and takes nothing more."""

    def __init__(self, key_result_id: UUID) -> None:
        super().__init__(key_result_id)


class UnknownCheckIn(Refusal):
    def __init__(self, check_in_id: UUID) -> None:
        super().__init__(check_in_id)


class CorrectsUnknownCheckIn(Refusal):
    """Only a check-in of the same key result can be corrected."""

    def __init__(self, check_in_id: UUID) -> None:
        super().__init__(check_in_id)


class CorrectionWithoutReason(Refusal):
    """A correction, of a check-in or into a closed cycle, says why."""


class CorrectionAtAnotherTime(Refusal):
    """A correction is about the very moment that the corrected check-in was about."""

    def __init__(self, corrected_at: datetime, observed_at: datetime) -> None:
        super().__init__(corrected_at, observed_at)


class OwnCheckIn(Refusal):
    """Who recorded a check-in does not acknowledge it: a reviewer is somebody else."""

    def __init__(self, author: str) -> None:
        super().__init__(author)


class RevisionBeforeLastLine(Refusal):
    """A line begins no earlier than the one it replaces."""

    def __init__(self, effective_from: datetime, last: datetime) -> None:
        super().__init__(effective_from, last)


class RevisionReachesTooFarBack(Refusal):
    """More values than can be said again were measured since then."""

    def __init__(self, count: int, most: int) -> None:
        super().__init__(count, most)


class MovedToUnknownObjective(Refusal):
    def __init__(self, objective_id: UUID) -> None:
        super().__init__(objective_id)


class MovedToAnotherCycle(Refusal):
    """A key result is moved within its cycle; into the next one it is carried over."""

    def __init__(self, cycle_id: UUID, other_id: UUID) -> None:
        super().__init__(cycle_id, other_id)


class StretchEmpty(Refusal):
    """Updates are asked for up to an instant before the one they are asked for from."""

    def __init__(self, since: datetime, until: datetime) -> None:
        super().__init__(since.isoformat(), until.isoformat())
