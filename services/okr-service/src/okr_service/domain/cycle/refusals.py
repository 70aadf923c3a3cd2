from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from okr_service.domain.refusals import Refusal


class UnknownCycle(Refusal):
    def __init__(self, cycle_id: UUID) -> None:
        super().__init__(cycle_id)


class CycleNameTaken(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(name)


class CycleEndsBeforeItStarts(Refusal):
    def __init__(self, starts_on: date, ends_on: date) -> None:
        super().__init__(starts_on, ends_on)


class CycleOutsideCalendar(Refusal):
    """Dates are taken from the years 1900 to 2999; beyond, they are slips of the hand."""

    def __init__(self, day: date) -> None:
        super().__init__(day)


class UnknownTimezone(Refusal):
    def __init__(self, timezone: str) -> None:
        super().__init__(timezone)


class CycleNotActive(Refusal):
    """The step needs a cycle that was activated; this one is still being planned."""

    def __init__(self, cycle_id: UUID) -> None:
        super().__init__(cycle_id)


class CycleInReview(Refusal):
    """A cycle in review is not activated again."""

    def __init__(self, cycle_id: UUID) -> None:
        super().__init__(cycle_id)


class CycleIsClosed(Refusal):
    """A closed cycle refuses writes until it is reopened."""

    def __init__(self, cycle_id: UUID) -> None:
        super().__init__(cycle_id)


class CycleNotClosed(Refusal):
    """Only a closed cycle can be reopened."""

    def __init__(self, cycle_id: UUID) -> None:
        super().__init__(cycle_id)


class UnknownParentCycle(Refusal):
    """The cycle it should lie in does not exist."""

    def __init__(self, cycle_id: UUID) -> None:
        super().__init__(cycle_id)


class ParentCycleIsClosed(Refusal):
    """Nothing joins a closed cycle, or starts to run in one."""

    def __init__(self, cycle_id: UUID) -> None:
        super().__init__(cycle_id)


class OutsideParentCycle(Refusal):
    def __init__(self, parent: str, starts_on: date, ends_on: date) -> None:
        super().__init__(parent, starts_on, ends_on)


class ChildCycleOutside(Refusal):
    """A cycle that lies in this one would stick out of the new dates."""

    def __init__(self, child: str, starts_on: date, ends_on: date) -> None:
        super().__init__(child, starts_on, ends_on)


class CycleNestsInItself(Refusal):
    def __init__(self, cycle_id: UUID) -> None:
        super().__init__(cycle_id)


class ChildCyclesOpen(Refusal):
    """Cycles in this one are still running; their names."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))


class ObjectivesOpen(Refusal):
    """Asked to be strict, a cycle closes only when its objectives are closed; their titles."""

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__(", ".join(titles))


class PlanSettled(Refusal):
    """A cycle that runs keeps what it began with, but for its end and its name."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class CycleEndsBeforeActivation(Refusal):
    """The cycle ran after that day already."""

    def __init__(self, ends_on: date, activated_at: datetime) -> None:
        super().__init__(ends_on, activated_at)


class SettingOutOfRange(Refusal):
    def __init__(self, setting: str, value: object, low: object, high: object) -> None:
        super().__init__(setting, value, low, high)
        self.field = f"settings/{setting}"


class PlannedStepsOutOfOrder(Refusal):
    """Activation comes before review, and closing not before it."""

    def __init__(self, setting: str, before: datetime, after: datetime) -> None:
        super().__init__(setting, before, after)
        self.field = f"settings/{setting}"


class PlannedStepOutsideCycle(Refusal):
    """Activated before it is over, reviewed after it began, all within a year of its dates."""

    def __init__(self, setting: str, moment: datetime) -> None:
        super().__init__(setting, moment)
        self.field = f"settings/{setting}"
