"""`draft -> proposed -> active -> closed`; a proposal may be declined, and proposed again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal, assert_never
from uuid import UUID

from helmlog_events.contracts.nodes import Node
from helmlog_events.contracts.okr import (
    DerivedFrom,
    KeyResultAttached,
    KeyResultDetached,
    ObjectiveAccepted,
    ObjectiveCarriedOver,
    ObjectiveCheckInRecorded,
    ObjectiveClosed,
    ObjectiveDeclined,
    ObjectiveDefinition,
    ObjectiveDrafted,
    ObjectiveGraded,
    ObjectiveOrigin,
    ObjectiveOutcome,
    ObjectiveProposed,
    ObjectiveRevised,
)

from okr_service.domain.definitions import part_of
from okr_service.domain.objective.events import ObjectiveEvent
from okr_service.domain.remark import Grade, Remark, newer

ObjectiveStateName = Literal["draft", "proposed", "active", "declined", "closed"]


@dataclass(frozen=True, slots=True)
class ObjectiveFacts:
    objective_id: UUID
    cycle_id: UUID
    definition: ObjectiveDefinition
    origin: ObjectiveOrigin
    contributes_to: Node | None = None
    derived_from: DerivedFrom | None = None
    external_key: str | None = None
    key_result_ids: tuple[UUID, ...] = ()
    remark: Remark | None = None
    grade: Grade | None = None
    carried_to: UUID | None = None


@dataclass(frozen=True, slots=True)
class NoObjective:
    """Nothing was drafted under this id."""


@dataclass(frozen=True, slots=True)
class Draft:
    facts: ObjectiveFacts


@dataclass(frozen=True, slots=True)
class Proposed:
    facts: ObjectiveFacts


@dataclass(frozen=True, slots=True)
class Active:
    facts: ObjectiveFacts


@dataclass(frozen=True, slots=True)
class Declined:
    facts: ObjectiveFacts
    reason: str


@dataclass(frozen=True, slots=True)
class Closed:
    facts: ObjectiveFacts
    outcome: ObjectiveOutcome
    grade: Decimal | None
    reason: str | None
    learned: str | None = None


Objective = Draft | Proposed | Active | Declined | Closed
ObjectiveState = NoObjective | Objective


def state_name(objective: Objective) -> ObjectiveStateName:
    match objective:
        case Draft():
            return "draft"
        case Proposed():
            return "proposed"
        case Active():
            return "active"
        case Declined():
            return "declined"
        case Closed():
            return "closed"
        case _ as unreachable:
            assert_never(unreachable)


def is_pursued(objective: Objective) -> bool:
    """Neither declined nor cancelled: it counts, and what serves it does."""
    match objective:
        case Declined():
            return False
        case Closed(outcome=outcome):
            return outcome != "cancelled"
        case Draft() | Proposed() | Active():
            return True
        case _ as unreachable:
            assert_never(unreachable)


def initial_state() -> ObjectiveState:
    return NoObjective()


def evolve(state: ObjectiveState, event: ObjectiveEvent) -> ObjectiveState:
    if isinstance(event, ObjectiveDrafted):
        return Draft(_drafted(event))
    facts = _existing(state).facts
    match event:
        case ObjectiveProposed():
            return Proposed(facts)
        case ObjectiveAccepted():
            return Active(facts)
        case ObjectiveDeclined():
            return Declined(facts, event.reason)
        case ObjectiveClosed():
            return Closed(facts, event.outcome, event.grade, event.reason, event.learned)
        case ObjectiveRevised():
            return _with(state, definition=event.after)
        case ObjectiveCheckInRecorded():
            return _with(state, remark=newer(facts.remark, remark_of(event)))
        case ObjectiveGraded():
            given = Grade(event.grade, event.suggested, event.reason, event.learned)
            return _with(state, grade=given)
        case ObjectiveCarriedOver():
            return _with(state, carried_to=event.to_objective_id)
        case KeyResultAttached():
            return _with(state, key_result_ids=(*facts.key_result_ids, event.key_result_id))
        case KeyResultDetached():
            kept = tuple(key for key in facts.key_result_ids if key != event.key_result_id)
            return _with(state, key_result_ids=kept)
        case _ as unreachable:
            assert_never(unreachable)


def remark_of(event: ObjectiveCheckInRecorded) -> Remark:
    return Remark(event.observed_at, event.confidence, event.narrative, event.status)


def _drafted(event: ObjectiveDrafted) -> ObjectiveFacts:
    return ObjectiveFacts(
        objective_id=event.objective_id,
        cycle_id=event.cycle_id,
        definition=part_of(event, ObjectiveDefinition),
        origin=event.origin,
        contributes_to=event.contributes_to,
        derived_from=event.derived_from,
        external_key=event.external_key,
    )


def _with(state: ObjectiveState, **changes: Any) -> Objective:
    objective = _existing(state)
    return replace(objective, facts=replace(objective.facts, **changes))


def _existing(state: ObjectiveState) -> Objective:
    if isinstance(state, NoObjective):
        raise TypeError("the stream of an objective begins with ObjectiveDrafted")
    return state
