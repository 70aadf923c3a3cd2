from __future__ import annotations

from datetime import date
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
