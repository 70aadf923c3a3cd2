"""What was achieved, by whom: objectives closed as achieved, key results graded green."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from okr_service.domain.board import Board
from okr_service.domain.grades import GREEN_FROM
from okr_service.domain.objective.outcome import final_grade
from okr_service.domain.objective.state import Closed
from okr_service.domain.sheet import KeyResultSheet, ObjectiveSheet


@dataclass(frozen=True, slots=True)
class Achievement:
    """`owner` and `team` of a key result are its objective's, where it has none of its own."""

    type: Literal["objective", "key_result"]
    id: UUID
    objective_id: UUID
    cycle_id: UUID
    cycle_name: str
    title: str
    owner: str | None
    team: str | None
    grade: Decimal | None
    achieved_at: datetime


@dataclass(frozen=True, slots=True)
class AchievementFilter:
    """`since` is inclusive, `until` is not."""

    owner: str | None = None
    team: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def chooses(self, achievement: Achievement) -> bool:
        at = achievement.achieved_at
        return (
            self.owner in (None, achievement.owner)
            and self.team in (None, achievement.team)
            and (self.since is None or at >= self.since)
            and (self.until is None or at < self.until)
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """How much somebody, or a team, achieved."""

    name: str
    objectives: int
    key_results: int


def achievements_of(board: Board) -> Iterator[Achievement]:
    if board.cycle is None:
        return
    facts = board.cycle[0].facts
    for sheet in board.objectives():
        objective = sheet.objective
        definition = objective.facts.definition
        ended_at = board.objective_ended_at(objective.facts.objective_id)
        if _is_achieved(sheet) and ended_at is not None:
            yield Achievement(
                type="objective",
                id=objective.facts.objective_id,
                objective_id=objective.facts.objective_id,
                cycle_id=facts.cycle_id,
                cycle_name=facts.name,
                title=definition.title,
                owner=definition.owner,
                team=definition.team,
                grade=final_grade(objective),
                achieved_at=ended_at,
            )
        for part in sheet.counted:
            graded_at = board.key_result_graded_at(part.facts.key_result_id)
            if _is_green(part) and graded_at is not None:
                yield Achievement(
                    type="key_result",
                    id=part.facts.key_result_id,
                    objective_id=part.facts.objective_id,
                    cycle_id=facts.cycle_id,
                    cycle_name=facts.name,
                    title=part.facts.definition.title,
                    owner=part.facts.definition.owner or definition.owner,
                    team=definition.team,
                    grade=None if part.grade is None else part.grade.grade,
                    achieved_at=graded_at,
                )


def tally(achievements: Iterable[Achievement], by: Literal["owner", "team"]) -> Sequence[Tally]:
    """The most first; what belongs to nobody is left out."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for achievement in achievements:
        name = achievement.owner if by == "owner" else achievement.team
        if name is not None:
            counts[name][achievement.type == "key_result"] += 1
    tallies = [Tally(name, *known) for name, known in counts.items()]
    return sorted(tallies, key=lambda one: (-one.objectives, -one.key_results, one.name))


def _is_achieved(sheet: ObjectiveSheet) -> bool:
    objective = sheet.objective
    return isinstance(objective, Closed) and objective.outcome == "achieved"


def _is_green(part: KeyResultSheet) -> bool:
    grade = part.grade
    return grade is not None and grade.grade is not None and grade.grade >= GREEN_FROM
