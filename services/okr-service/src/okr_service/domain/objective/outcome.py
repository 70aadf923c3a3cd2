"""What a grade says of how an objective ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal

from helmlog_events.contracts.okr import ObjectiveKind

from okr_service.domain.arithmetic import rounded
from okr_service.domain.grades import suggest_grade
from okr_service.domain.objective.state import Closed, Objective
from okr_service.domain.remark import Grade
from okr_service.domain.sheet import KeyResultSheet
from okr_service.domain.status import Measured, weighted_mean

ACHIEVED_FROM: Final[Mapping[ObjectiveKind, Decimal]] = MappingProxyType(
    {"committed": Decimal("0.8"), "aspirational": Decimal("0.7")}
)
"""Committed expects 1.0 and is missed below 0.8; aspirational expects 0.7. Learning has none."""


def final_grade(objective: Objective) -> Decimal | None:
    """The grade it has: the one given last, or the one it was closed with."""
    if objective.facts.grade is not None:
        return objective.facts.grade.grade
    return objective.grade if isinstance(objective, Closed) else None


def part_grade(part: KeyResultSheet) -> Decimal | None:
    """As given, or else as its progress suggests; none while it was never measured."""
    if part.grade is not None:
        return part.grade.grade
    return suggested_part_grade(part)


def suggested_part_grade(part: KeyResultSheet) -> Decimal | None:
    return None if part.measured is None else suggest_grade(part.measured.progress)


def suggest_objective_grade(
    parts: Sequence[KeyResultSheet], contributed: Measured | None
) -> Decimal | None:
    """The weighted mean of the grades of its key results; one without any takes what its
    contributing children come to. None if nothing has a number.
    """
    if not parts:
        return None if contributed is None else suggest_grade(contributed.progress)
    known = [
        (part.facts.definition.weight, grade)
        for part in parts
        if (grade := part_grade(part)) is not None
    ]
    return rounded(weighted_mean(known)) if known else None


def derive_outcome(kind: ObjectiveKind, grade: Grade) -> Literal["achieved", "missed"] | None:
    """None where there is neither a number nor anything learned to tell by."""
    if kind == "learning":
        return None if grade.learned is None else "achieved"
    if grade.grade is None:
        return None
    return "achieved" if grade.grade >= ACHIEVED_FROM[kind] else "missed"
