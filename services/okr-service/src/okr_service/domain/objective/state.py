"""`draft -> proposed -> active -> closed`; a proposal may be declined, and proposed again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, assert_never
from uuid import UUID

from helmlog_events.contracts.okr import (
    KeyResultAttached,
    ObjectiveAccepted,
    ObjectiveClosed,
    ObjectiveDeclined,
    ObjectiveDrafted,
    ObjectiveKind,
    ObjectiveLevel,
    ObjectiveOrigin,
    ObjectiveOutcome,
    ObjectiveProposed,
)

from okr_service.domain.objective.events import ObjectiveEvent

ObjectiveStateName = Literal["draft", "proposed", "active", "declined", "closed"]


@dataclass(frozen=True, slots=True)
class ObjectiveFacts:
    objective_id: UUID
    cycle_id: UUID
    title: str
    why: str
    kind: ObjectiveKind
    level: ObjectiveLevel
    origin: ObjectiveOrigin
    team: str | None
    owner: str | None
    key_result_ids: tuple[UUID, ...] = ()


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


def initial_state() -> ObjectiveState:
    return NoObjective()


def evolve(state: ObjectiveState, event: ObjectiveEvent) -> ObjectiveState:
    match event:
        case ObjectiveDrafted():
            return Draft(_drafted(event))
        case ObjectiveProposed():
            return Proposed(_facts(state))
        case ObjectiveAccepted():
            return Active(_facts(state))
        case ObjectiveDeclined():
            return Declined(_facts(state), event.reason)
        case ObjectiveClosed():
            return Closed(_facts(state), event.outcome, event.grade, event.reason)
        case KeyResultAttached():
            return _attached(state, event.key_result_id)
        case _ as unreachable:
            assert_never(unreachable)


def _drafted(event: ObjectiveDrafted) -> ObjectiveFacts:
    return ObjectiveFacts(
        objective_id=event.objective_id,
        cycle_id=event.cycle_id,
        title=event.title,
        why=event.why,
        kind=event.kind,
        level=event.level,
        origin=event.origin,
        team=event.team,
        owner=event.owner,
    )


def _facts(state: ObjectiveState) -> ObjectiveFacts:
    return _existing(state).facts


def _attached(state: ObjectiveState, key_result_id: UUID) -> Objective:
    objective = _existing(state)
    attached = (*objective.facts.key_result_ids, key_result_id)
    return replace(objective, facts=replace(objective.facts, key_result_ids=attached))


def _existing(state: ObjectiveState) -> Objective:
    if isinstance(state, NoObjective):
        raise TypeError("the stream of an objective begins with ObjectiveDrafted")
    return state
