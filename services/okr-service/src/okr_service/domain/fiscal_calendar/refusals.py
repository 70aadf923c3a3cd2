from __future__ import annotations

from okr_service.domain.refusals import Refusal


class UnknownFiscalCalendar(Refusal):
    def __init__(self, slug: str) -> None:
        super().__init__(slug)


class PlannedByUnknownCalendar(Refusal):
    """The fiscal calendar that a cycle should be cut from does not exist."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)


class WeekdayMissing(Refusal):
    """A year of weeks ends on a weekday, and this one does not say on which."""

    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)


class WeekdayUnsuited(Refusal):
    """A year of months ends with a month, on whatever weekday."""

    def __init__(self, weekday: str) -> None:
        super().__init__(weekday)
