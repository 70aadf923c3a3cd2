"""`planned -> started -> finished | cancelled`; what was over too early is resumed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, assert_never
from uuid import UUID

from helmlog_events.contracts.okr import (
    InitiativeCancelled,
    InitiativeDefinition,
    InitiativeFinished,
    InitiativePlanned,
    InitiativeResumed,
    InitiativeRevised,
    InitiativeStarted,
)

from okr_service.domain.definitions import part_of
from okr_service.domain.initiative.events import InitiativeEvent

InitiativeStateName = Literal["planned", "started", "finished", "cancelled"]


@dataclass(frozen=True, slots=True)
class InitiativeFacts:
    """`begun`: whether it was ever started, which is where it goes on when it is resumed."""

    initiative_id: UUID
    key_result_id: UUID
    cycle_id: UUID
    definition: InitiativeDefinition
    effort_spent: Decimal | None = None
    begun: bool = False


@dataclass(frozen=True, slots=True)
class NoInitiative:
    """Nothing was planned under this id."""


@dataclass(frozen=True, slots=True)
class Planned:
    facts: InitiativeFacts


@dataclass(frozen=True, slots=True)
class Started:
    facts: InitiativeFacts


@dataclass(frozen=True, slots=True)
class Finished:
    facts: InitiativeFacts


@dataclass(frozen=True, slots=True)
class Cancelled:
    facts: InitiativeFacts
    reason: str


Initiative = Planned | Started | Finished | Cancelled
InitiativeState = NoInitiative | Initiative


def state_name(initiative: Initiative) -> InitiativeStateName:
    match initiative:
        case Planned():
            return "planned"
        case Started():
            return "started"
        case Finished():
            return "finished"
        case Cancelled():
            return "cancelled"
        case _ as unreachable:
            assert_never(unreachable)


def initial_state() -> InitiativeState:
    return NoInitiative()


def evolve(state: InitiativeState, event: InitiativeEvent) -> InitiativeState:
    if isinstance(event, InitiativePlanned):
        return Planned(_planned(event))
    if isinstance(state, NoInitiative):
        raise TypeError("the stream of an initiative begins with InitiativePlanned")
    facts = state.facts
    match event:
        case InitiativeRevised():
            return replace(state, facts=replace(facts, definition=event.after))
        case InitiativeStarted():
            return Started(replace(facts, begun=True))
        case InitiativeFinished():
            return Finished(replace(facts, effort_spent=event.effort_spent))
        case InitiativeCancelled():
            return Cancelled(facts, event.reason)
        case InitiativeResumed():
            return Started(facts) if facts.begun else Planned(facts)
        case _ as unreachable:
            assert_never(unreachable)


def _planned(event: InitiativePlanned) -> InitiativeFacts:
    return InitiativeFacts(
        initiative_id=event.initiative_id,
        key_result_id=event.key_result_id,
        cycle_id=event.cycle_id,
        definition=part_of(event, InitiativeDefinition),
    )
