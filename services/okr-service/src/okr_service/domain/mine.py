"""What somebody has to look after, and when it is to be heard of again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from okr_service.domain.board import Board
from okr_service.domain.cycle.state import Active, Cycle, InReview
from okr_service.domain.cycle.state import Closed as CycleClosed
from okr_service.domain.objective.state import Active as ActiveObjective
from okr_service.domain.objective.state import Objective
from okr_service.domain.sheet import KeyResultSheet, ObjectiveSheet, measure_objective


@dataclass(frozen=True, slots=True)
class Due:
    """`at` is none where no check-in is waited for: not under way, or a KPI moves it."""

    at: datetime | None
    now: bool


@dataclass(frozen=True, slots=True)
class OwnObjective:
    sheet: ObjectiveSheet
    cycle: Cycle
    due: Due


@dataclass(frozen=True, slots=True)
class OwnKeyResult:
    sheet: KeyResultSheet
    objective: Objective
    cycle: Cycle
    due: Due


def own_of(board: Board, owner: str, moment: datetime) -> Iterator[OwnObjective | OwnKeyResult]:
    """Of a cycle that is not closed; a key result without an owner is its objective's owner's."""
    if board.cycle is None or isinstance(board.cycle[0], CycleClosed):
        return
    cycle = board.cycle[0]
    for sheet in board.objectives():
        objective = sheet.objective
        definition = objective.facts.definition
        if definition.owner == owner:
            yield OwnObjective(sheet, cycle, _objective_due(sheet, cycle, moment))
        for part in sheet.counted:
            if (part.facts.definition.owner or definition.owner) == owner:
                due = _key_result_due(part, objective, cycle, moment)
                yield OwnKeyResult(part, objective, cycle, due)


def _objective_due(sheet: ObjectiveSheet, cycle: Cycle, moment: datetime) -> Due:
    """One with key results is heard of by them."""
    measured = measure_objective(sheet)
    remark = sheet.objective.facts.remark
    told = [
        *([] if measured is None else [measured.heard_at]),
        *([] if remark is None else [remark.observed_at]),
    ]
    return _due(max(told, default=None), sheet.objective, cycle, moment)


def _key_result_due(
    part: KeyResultSheet, objective: Objective, cycle: Cycle, moment: datetime
) -> Due:
    if part.facts.definition.kpi_id is not None:
        return Due(None, now=False)
    measured = part.measured
    return _due(None if measured is None else measured.heard_at, objective, cycle, moment)


def _due(heard_at: datetime | None, objective: Objective, cycle: Cycle, moment: datetime) -> Due:
    if not isinstance(cycle, Active | InReview) or not isinstance(objective, ActiveObjective):
        return Due(None, now=False)
    facts = cycle.facts
    days = objective.facts.definition.cadence_days or facts.settings.cadence_days
    at = (heard_at or facts.course.starts_at) + timedelta(days=days)
    # After the cycle nobody owes a check-in: its clock stands still.
    return Due(at, now=at <= facts.course.clock(moment))
