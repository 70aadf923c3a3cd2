"""Saying that a check-in is due, once for each time it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from helmlog_events.contracts.okr import CheckInDue

from okr_service.domain.board import sheet_of
from okr_service.domain.cycle.guards import mark_work
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.due import due_check_in
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.objective.state import Objective


@dataclass(frozen=True, slots=True)
class RemindOfCheckIn:
    key_result_id: UUID
    objective: Objective
    cycle: Cycle
    at: datetime


def remind(command: RemindOfCheckIn, key_result: KeyResult) -> list[CheckInDue]:
    """Of what is due at `at` and was not said before; of several that were missed, the last."""
    due = due_check_in(sheet_of(key_result, 0), command.objective, command.cycle)
    if due is None or not command.cycle.facts.course.contains(command.at):
        return []
    due_at = due.latest(command.at)
    if due_at is None or due_at < due.following(key_result.reminded_of):
        return []
    owner = key_result.facts.definition.owner or command.objective.facts.definition.owner
    return [
        CheckInDue(
            **mark_work(command.cycle),
            key_result_id=command.key_result_id,
            objective_id=key_result.facts.objective_id,
            owner=owner,
            due_at=due_at,
            last_heard_at=due.last_heard_at,
        )
    ]
