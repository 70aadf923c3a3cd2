"""What a key result knows of besides its newest measurement."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.okr import Severity


@dataclass(frozen=True, slots=True)
class KnownCheckIn:
    observed_at: datetime
    author: str | None = None
    acknowledged: bool = False
    corrected_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """What a relative target was resolved on: a KPI's value, and since when it was true."""

    value: Decimal
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Breach:
    """An open breach of a guardrail's KPI."""

    breach_id: UUID
    severity: Severity


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment at which a value was said again, for something else had changed. `held` is since
    when the value was true; none, if there was none by then.
    """

    moment: datetime
    held: datetime | None


def with_mark(marks: tuple[Mark, ...], moment: datetime) -> tuple[Mark, ...]:
    """`marks` with one at `moment`, in its place."""
    place = bisect_left(marks, moment, key=lambda mark: mark.moment)
    if place < len(marks) and marks[place].moment == moment:
        return marks
    return (*marks[:place], Mark(moment, None), *marks[place:])


def measured(marks: tuple[Mark, ...], observed_at: datetime) -> tuple[Mark, ...]:
    """`marks`, now that a value is true since `observed_at`: those after it hold it, or a newer."""
    place = bisect_left(marks, observed_at, key=lambda mark: mark.moment)
    if place == len(marks):
        return marks  # as it is mostly: nothing was told of later moments
    later = (
        replace(mark, held=max(mark.held or observed_at, observed_at)) for mark in marks[place:]
    )
    return (*marks[:place], *later)


def marks_after(marks: tuple[Mark, ...], moment: datetime) -> tuple[Mark, ...]:
    return marks[bisect_right(marks, moment, key=lambda mark: mark.moment) :]
