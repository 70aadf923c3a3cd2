from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from helmlog_events.contracts.nodes import Node
from helmlog_events.contracts.okr import (
    DerivedFrom,
    KeyResultAttached,
    ObjectiveAccepted,
    ObjectiveClosed,
    ObjectiveDeclined,
    ObjectiveDefinition,
    ObjectiveDrafted,
    ObjectiveOrigin,
    ObjectiveOutcome,
    ObjectiveProposed,
)

from okr_service.domain.cycle.guards import require_open
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.definitions import fields_of
from okr_service.domain.objective.events import ObjectiveEvent
from okr_service.domain.objective.guards import require_standing
from okr_service.domain.objective.refusals import (
    ObjectiveAlreadyActive,
    ObjectiveIsClosed,
    ObjectiveNotProposed,
    ObjectiveNotYetActive,
    UnknownObjective,
)
from okr_service.domain.objective.state import (
    Active,
    Closed,
    Declined,
    Draft,
    NoObjective,
    Objective,
    ObjectiveFacts,
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
class CloseObjective:
    objective_id: UUID
    cycle: Cycle
    outcome: ObjectiveOutcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AttachKeyResult:
    """Tells the objective of a key result added under it, in the same append."""

    objective_id: UUID
    cycle: Cycle
    key_result_id: UUID


ObjectiveStep = ProposeObjective | AcceptObjective | DeclineObjective | CloseObjective
ObjectiveCommand = DraftObjective | ObjectiveStep | AttachKeyResult


def decide(command: ObjectiveCommand, state: ObjectiveState) -> list[ObjectiveEvent]:
    """Raises the refusals of objectives, and `CycleIsClosed`."""
    require_open(command.cycle)
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
        case CloseObjective():
            return _close(command, state)
        case AttachKeyResult():
            return _attach(command, state)
        case _ as unreachable:
            assert_never(unreachable)


def _draft(command: DraftObjective, state: ObjectiveState) -> list[ObjectiveEvent]:
    if not isinstance(state, NoObjective):
        return []
    facts = command.cycle.facts
    return [
        ObjectiveDrafted(
            objective_id=command.objective_id,
            cycle_id=facts.cycle_id,
            after_reopening=facts.reopened,
            origin=command.origin,
            contributes_to=command.contributes_to,
            derived_from=command.derived_from,
            external_key=command.external_key,
            **fields_of(command.definition),
        )
    ]


def _propose(command: ProposeObjective, objective: Objective) -> list[ObjectiveEvent]:
    match objective:
        case Draft(facts) | Declined(facts):
            return [
                ObjectiveProposed(
                    objective_id=facts.objective_id,
                    cycle_id=facts.cycle_id,
                    after_reopening=command.cycle.facts.reopened,
                )
            ]
        case Proposed():
            return []
        case Active(facts):
            raise ObjectiveAlreadyActive(facts.objective_id)
        case Closed(facts):
            raise ObjectiveIsClosed(facts.objective_id)
        case _ as unreachable:
            assert_never(unreachable)


def _accept(command: AcceptObjective, objective: Objective) -> list[ObjectiveEvent]:
    match objective:
        case Proposed(facts):
            return [_accepted(facts, command.cycle)]
        case Draft(facts) if facts.origin == "assigned":
            return [_accepted(facts, command.cycle)]
        case Draft(facts) | Declined(facts):
            raise ObjectiveNotProposed(facts.objective_id)
        case Active():
            return []
        case Closed(facts):
            raise ObjectiveIsClosed(facts.objective_id)
        case _ as unreachable:
            assert_never(unreachable)


def _accepted(facts: ObjectiveFacts, cycle: Cycle) -> ObjectiveAccepted:
    return ObjectiveAccepted(
        objective_id=facts.objective_id,
        cycle_id=facts.cycle_id,
        after_reopening=cycle.facts.reopened,
    )


def _decline(command: DeclineObjective, objective: Objective) -> list[ObjectiveEvent]:
    match objective:
        case Proposed(facts):
            return [
                ObjectiveDeclined(
                    objective_id=facts.objective_id,
                    cycle_id=facts.cycle_id,
                    after_reopening=command.cycle.facts.reopened,
                    reason=command.reason,
                )
            ]
        case Draft(facts):
            raise ObjectiveNotProposed(facts.objective_id)
        case Declined():
            return []
        case Active(facts):
            raise ObjectiveAlreadyActive(facts.objective_id)
        case Closed(facts):
            raise ObjectiveIsClosed(facts.objective_id)
        case _ as unreachable:
            assert_never(unreachable)


def _close(command: CloseObjective, objective: Objective) -> list[ObjectiveEvent]:
    match objective:
        case Closed(facts, outcome=outcome):
            if outcome == command.outcome:
                return []
            raise ObjectiveIsClosed(facts.objective_id)
        case Draft(facts) | Proposed(facts) | Declined(facts) if command.outcome != "cancelled":
            raise ObjectiveNotYetActive(facts.objective_id)
        case Draft(facts) | Proposed(facts) | Declined(facts) | Active(facts):
            return [
                ObjectiveClosed(
                    objective_id=facts.objective_id,
                    cycle_id=facts.cycle_id,
                    after_reopening=command.cycle.facts.reopened,
                    outcome=command.outcome,
                    reason=command.reason,
                )
            ]
        case _ as unreachable:
            assert_never(unreachable)


def _attach(command: AttachKeyResult, objective: Objective) -> list[ObjectiveEvent]:
    require_standing(objective)
    if command.key_result_id in objective.facts.key_result_ids:
        return []
    return [
        KeyResultAttached(
            objective_id=objective.facts.objective_id,
            cycle_id=objective.facts.cycle_id,
            after_reopening=command.cycle.facts.reopened,
            key_result_id=command.key_result_id,
        )
    ]
