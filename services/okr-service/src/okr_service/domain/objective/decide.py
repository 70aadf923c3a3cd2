from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from helmlog_events.contracts.nodes import Node
from helmlog_events.contracts.okr import (
    DerivedFrom,
    KeyResultAttached,
    ObjectiveAccepted,
    ObjectiveDeclined,
    ObjectiveDefinition,
    ObjectiveDrafted,
    ObjectiveOrigin,
    ObjectiveProposed,
)

from okr_service.domain.cycle.guards import mark_work
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.definitions import fields_of
from okr_service.domain.objective.check_in import CheckInObjective, check_in
from okr_service.domain.objective.closing import (
    CarryOverObjective,
    CloseObjective,
    carry_over,
    close,
)
from okr_service.domain.objective.events import ObjectiveEvent
from okr_service.domain.objective.grading import GradeObjective, grade
from okr_service.domain.objective.guards import require_standing
from okr_service.domain.objective.refusals import (
    ObjectiveAlreadyActive,
    ObjectiveIsClosed,
    ObjectiveNotProposed,
    UnknownObjective,
)
from okr_service.domain.objective.revise import ReviseObjective, revise
from okr_service.domain.objective.state import (
    Active,
    Closed,
    Declined,
    Draft,
    NoObjective,
    Objective,
    ObjectiveState,
    Proposed,
)


@dataclass(frozen=True, slots=True)
class DraftObjective:
    objective_id: UUID
    cycle: Cycle
    definition: ObjectiveDefinition
    origin: ObjectiveOrigin
    contributes_to: Node | None = None
    derived_from: DerivedFrom | None = None
    external_key: str | None = None


@dataclass(frozen=True, slots=True)
class ProposeObjective:
    objective_id: UUID
    cycle: Cycle


@dataclass(frozen=True, slots=True)
class AcceptObjective:
    objective_id: UUID
    cycle: Cycle


@dataclass(frozen=True, slots=True)
class DeclineObjective:
    objective_id: UUID
    cycle: Cycle
    reason: str


@dataclass(frozen=True, slots=True)
class AttachKeyResult:
    """Tells the objective of a key result added under it, in the same append."""

    objective_id: UUID
    cycle: Cycle
    key_result_id: UUID


ObjectiveStep = ProposeObjective | AcceptObjective | DeclineObjective
ObjectiveCommand = (
    DraftObjective
    | ObjectiveStep
    | ReviseObjective
    | CheckInObjective
    | GradeObjective
    | CloseObjective
    | CarryOverObjective
    | AttachKeyResult
)


def decide(command: ObjectiveCommand, state: ObjectiveState) -> list[ObjectiveEvent]:
    """Raises the refusals of objectives, and those of the guards of their cycle.

    Bottom-up, an objective is proposed, then accepted or declined; top-down, it is assigned, and
    accepted or declined as it is. Whoever drafted one that was declined revises it if need be and
    proposes it, so that it is judged again.
    """
    if isinstance(command, DraftObjective):
        return _draft(command, state)
    if isinstance(state, NoObjective):
        raise UnknownObjective(command.objective_id)
    match command:
        case ProposeObjective():
            return _propose(command, state)
        case AcceptObjective():
            return _accept(command, state)
        case DeclineObjective():
            return _decline(command, state)
        case ReviseObjective():
            return revise(command, state)
        case CheckInObjective():
            return check_in(command, state)
        case GradeObjective():
            return grade(command, state)
        case CloseObjective():
            return close(command, state)
        case CarryOverObjective():
            return carry_over(command, state)
        case AttachKeyResult():
            return _attach(command, state)
        case _ as unreachable:
            assert_never(unreachable)


def _draft(command: DraftObjective, state: ObjectiveState) -> list[ObjectiveEvent]:
    marks = mark_work(command.cycle)
    if not isinstance(state, NoObjective):
        return []
    return [
        ObjectiveDrafted(
            **marks,
            objective_id=command.objective_id,
            origin=command.origin,
            contributes_to=command.contributes_to,
            derived_from=command.derived_from,
            external_key=command.external_key,
            **fields_of(command.definition),
        )
    ]


def _propose(command: ProposeObjective, objective: Objective) -> list[ObjectiveEvent]:
    marks = mark_work(command.cycle)
    match objective:
        case Draft(facts) | Declined(facts):
            return [ObjectiveProposed(**marks, objective_id=facts.objective_id)]
        case Proposed():
            return []
        case Active(facts):
            raise ObjectiveAlreadyActive(facts.objective_id)
        case Closed(facts):
            raise ObjectiveIsClosed(facts.objective_id)
        case _ as unreachable:
            assert_never(unreachable)


def _accept(command: AcceptObjective, objective: Objective) -> list[ObjectiveEvent]:
    marks = mark_work(command.cycle)
    facts = objective.facts
    match objective:
        case Draft() | Proposed() if _may_be_judged(objective):
            return [ObjectiveAccepted(**marks, objective_id=facts.objective_id)]
        case Draft() | Proposed() | Declined():
            raise ObjectiveNotProposed(facts.objective_id)
        case Active():
            return []
        case Closed():
            raise ObjectiveIsClosed(facts.objective_id)
        case _ as unreachable:
            assert_never(unreachable)


def _decline(command: DeclineObjective, objective: Objective) -> list[ObjectiveEvent]:
    """Bottom-up it is the proposal that is declined; top-down the assignment, by its owner."""
    marks = mark_work(command.cycle)
    facts = objective.facts
    match objective:
        case Draft() | Proposed() if _may_be_judged(objective):
            declined = ObjectiveDeclined(
                **marks, objective_id=facts.objective_id, reason=command.reason
            )
            return [declined]
        case Draft() | Proposed():
            raise ObjectiveNotProposed(facts.objective_id)
        case Declined():
            return []
        case Active():
            raise ObjectiveAlreadyActive(facts.objective_id)
        case Closed():
            raise ObjectiveIsClosed(facts.objective_id)
        case _ as unreachable:
            assert_never(unreachable)


def _may_be_judged(objective: Draft | Proposed) -> bool:
    return isinstance(objective, Proposed) or objective.facts.origin == "assigned"


def _attach(command: AttachKeyResult, objective: Objective) -> list[ObjectiveEvent]:
    marks = mark_work(command.cycle)
    require_standing(objective)
    facts = objective.facts
    if command.key_result_id in facts.key_result_ids:
        return []
    return [
        KeyResultAttached(
            **marks, objective_id=facts.objective_id, key_result_id=command.key_result_id
        )
    ]
