"""Since when a change may hold."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from okr_service.domain.refusals import Refusal

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2999


class ChangeOutsideCalendar(Refusal):
    """Changes hold from a moment in the years 1900 to 2999; beyond, they are slips of the hand."""

    def __init__(self, moment: datetime) -> None:
        super().__init__(moment.isoformat())


def require_within_calendar(since: datetime) -> None:
    """Past or planned. Raises `ChangeOutsideCalendar`."""
    if not FIRST_YEAR <= since.year <= LAST_YEAR:
        raise ChangeOutsideCalendar(since)
