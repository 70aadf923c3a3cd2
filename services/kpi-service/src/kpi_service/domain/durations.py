"""ISO 8601 durations, read strictly.

A parser of our own: the kept ones (pydantic, isodate) also take what is not ISO 8601, or give a
month thirty days, and a policy that waits "a month" should not depend on which of them reads it.
"""

from __future__ import annotations

import re
from datetime import timedelta

_DURATION = re.compile(
    r"P(?=.)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,5})W)?"
    r"(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,9})S)?)?",
    re.ASCII,
)


class DurationUnreadable(ValueError):
    """Not an ISO 8601 duration, zero, or without a fixed length where one is needed."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not an ISO 8601 duration longer than zero, such as PT30M")
        self.text = text


def parse_duration(text: str) -> timedelta:
    """The length of `PT30M`, `P1D`, `P1DT12H`, `P2W`.

    Raises `DurationUnreadable` also for years and months: they have no fixed length.
    """
    parts = _parts(text)
    if "years" in parts or "months" in parts:
        raise DurationUnreadable(text)
    length = timedelta(**parts)
    if not length:
        raise DurationUnreadable(text)
    return length


def format_duration(length: timedelta) -> str:
    """As `PT30M`, `P1D`, `P1DT12H`; of whole seconds, longer than zero."""
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{length.days}D" if length.days else ""
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    clock = "".join(f"{number}{unit}" for number, unit in parts if number)
    return f"P{days}" + (f"T{clock}" if clock else "")


def check_cadence(text: str) -> None:
    """As `parse_duration`, but a cadence may be a calendar one: `P1M`, `P1Y`."""
    if not any(_parts(text).values()):
        raise DurationUnreadable(text)


def _parts(text: str) -> dict[str, int]:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise DurationUnreadable(text)
    return {name: int(digits) for name, digits in match.groupdict().items() if digits is not None}
