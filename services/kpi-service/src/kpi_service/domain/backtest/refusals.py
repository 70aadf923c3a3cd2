"""What can't be rehearsed or reckoned, one class a rule, with the facts."""

from __future__ import annotations

from datetime import timedelta

from kpi_service.domain.kpi.refusals import Refusal


class StretchTooLong(Refusal):
    def __init__(self, length: timedelta, longest: timedelta) -> None:
        super().__init__(f"{length.days} days are more than {longest.days}")


class TooManyReadings(Refusal):
    def __init__(self, most: int) -> None:
        super().__init__(f"there are more than {most} readings: ask for a shorter stretch")


class WindowOutside(Refusal):
    def __init__(self, place: int) -> None:
        super().__init__(
            "a window begins no later than it ends, and both lie within the stretch looked at"
        )
        self.place = place


class WindowsOfSeveral(Refusal):
    def __init__(self, count: int) -> None:
        super().__init__(f"windows are given under {count} names; those of one series are asked")
