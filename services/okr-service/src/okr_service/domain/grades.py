"""Grades from 0 to 1: what progress suggests, what may be given, and the bands they are read in."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from okr_service.domain.arithmetic import ONE, ZERO, clamp, quantized, rounded
from okr_service.domain.refusals import Refusal
from okr_service.domain.remark import Grade

Band = Literal["red", "yellow", "green"]

YELLOW_FROM: Final = Decimal("0.4")
GREEN_FROM: Final = Decimal("0.7")
_FEWEST_PLACES: Final = 2


class GradeOutOfRange(Refusal):
    """A grade goes from 0 to 1."""

    def __init__(self, grade: Decimal) -> None:
        super().__init__(grade)


class GradeNeedsReason(Refusal):
    """A grade other than the suggested one says why; where nothing was measured, any does."""

    def __init__(self, grade: Decimal, suggested: Decimal | None) -> None:
        super().__init__(grade, suggested)


class NothingToGrade(Refusal):
    """Nothing was measured and nothing was said, so nothing tells how it ended."""

    def __init__(self, graded_id: UUID) -> None:
        super().__init__(graded_id)


class LearnedMissing(Refusal):
    """Learning is graded by what was learned."""

    def __init__(self, graded_id: UUID) -> None:
        super().__init__(graded_id)


class LearningHasNoNumber(Refusal):
    def __init__(self, graded_id: UUID) -> None:
        super().__init__(graded_id)


def suggest_grade(progress: Decimal) -> Decimal:
    """What was reached of the target, 0 to 1, six places.

    Commit and stretch change what is expected of a grade, not the grade.
    """
    return rounded(clamp(progress))


def agrees(grade: Decimal, suggested: Decimal | None) -> bool:
    """Whether `grade` is the suggestion, as exactly as it is told: 0.38 is 0.384615, 0.4 is not.

    Two places are the least: a rounder grade would be another one, and needs its reason.
    """
    if suggested is None:
        return False
    exponent = grade.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    return quantized(suggested, max(places, _FEWEST_PLACES)) == grade


def judge_grade(
    suggested: Decimal | None, grade: Decimal | None, reason: str | None, learned: str | None
) -> Grade:
    """The grade that is given, or else the suggested one; none where there is neither.

    The reason is kept where it is needed. Raises `GradeOutOfRange` or `GradeNeedsReason`.
    """
    if grade is None:
        return Grade(suggested, suggested, None, learned)
    if not ZERO <= grade <= ONE:
        raise GradeOutOfRange(grade)
    if agrees(grade, suggested):
        return Grade(grade, suggested, None, learned)
    if reason is None:
        raise GradeNeedsReason(grade, suggested)
    return Grade(grade, suggested, reason, learned)


def judge_learning(
    graded_id: UUID, grade: Decimal | None, learned: str | None, *, unfinished: bool = False
) -> Grade:
    """Learning, of an objective or in a key result of it, is told in words; `unfinished` learning
    may not have come to any.

    Raises `LearningHasNoNumber` or `LearnedMissing`.
    """
    if grade is not None:
        raise LearningHasNoNumber(graded_id)
    if learned is None and not unfinished:
        raise LearnedMissing(graded_id)
    return Grade(None, None, None, learned)


def band_of(grade: Decimal) -> Band:
    """[0, 0.4) red, [0.4, 0.7) yellow, [0.7, 1] green."""
    if grade < YELLOW_FROM:
        return "red"
    return "yellow" if grade < GREEN_FROM else "green"
