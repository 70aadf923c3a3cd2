"""What of a key result goes on in another cycle: never its scores, never its dates."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from helmlog_events.contracts.okr import KeyResultDefinition

from okr_service.domain.objective.refusals import TargetUnsuited
from okr_service.domain.sheet import KeyResultSheet


@dataclass(frozen=True, slots=True)
class Skipped:
    """A key result that is not copied, and why."""

    key_result_id: UUID
    title: str
    reason: Literal["cancelled", "reached"]


def clone_key_result(part: KeyResultSheet) -> KeyResultDefinition | Skipped:
    """As it was defined; a relative target is to be resolved anew. Cancelled ones stay behind."""
    if part.cancelled is not None:
        return _skipped(part, "cancelled")
    renewed = _undated(part.facts.definition)
    if renewed.relative is not None:
        return renewed.model_copy(update={"baseline": None, "target": None})
    return renewed


def carry_key_result(part: KeyResultSheet, target: Decimal | None) -> KeyResultDefinition | Skipped:
    """What is left of it: from its last value to the same target, unless `target` is given.

    One that is reached stays behind, unless `target` lies beyond its last value; of milestones
    those not done go on; a band is held on to. Raises `TargetUnsuited`.
    """
    definition = part.facts.definition
    if target is not None and definition.metric not in ("increase", "decrease"):
        raise TargetUnsuited(part.facts.key_result_id)
    if part.cancelled is not None:
        return _skipped(part, "cancelled")
    match definition.metric:
        case "increase" | "decrease":
            return _carry_way(part, target)
        case "milestone":
            done = () if part.current is None else part.current.done
            left = tuple(step for step in definition.milestones if step.name not in done)
            if not left:
                return _skipped(part, "reached")
            return _undated(definition.model_copy(update={"milestones": left}))
        case _:
            return _undated(definition)


def _carry_way(part: KeyResultSheet, target: Decimal | None) -> KeyResultDefinition | Skipped:
    definition = part.facts.definition
    goal = definition.target if target is None else target
    last = None if part.current is None else part.current.value
    start = definition.baseline if last is None else last
    if goal is None or start is None:
        return _undated(definition)  # its relative target still waits for its KPI
    up = definition.metric == "increase"
    if not _beyond(goal, start, up=up):
        return _skipped(part, "reached")
    commit, stretch = definition.commit, definition.stretch
    numbers = {
        "baseline": start,
        "target": goal,
        "relative": None,
        "commit": commit if commit is not None and _beyond(commit, start, up=up) else None,
        "stretch": stretch if stretch is not None and _beyond(stretch, goal, up=up) else None,
    }
    return _undated(definition.model_copy(update=numbers))


def _beyond(value: Decimal, start: Decimal, *, up: bool) -> bool:
    return value > start if up else value < start


def _undated(definition: KeyResultDefinition) -> KeyResultDefinition:
    """Days of the one cycle mean nothing in the other."""
    steps = tuple(step.model_copy(update={"due_on": None}) for step in definition.milestones)
    return definition.model_copy(update={"milestones": steps, "curve": (), "due_on": None})


def _skipped(part: KeyResultSheet, reason: Literal["cancelled", "reached"]) -> Skipped:
    return Skipped(part.facts.key_result_id, part.facts.definition.title, reason)
