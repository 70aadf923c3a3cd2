"""The work meant to move a key result."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from helmlog_events.contracts.event import Part, event
from helmlog_events.contracts.okr.work import CycleWork
from helmlog_events.values import Number

EffortUnit = Literal["person_hours", "person_days", "person_weeks", "points"]


class InitiativeDefinition(Part):
    title: str
    description: str = ""
    effort: Number | None = None
    effort_unit: EffortUnit = "person_days"
    owner: str | None = None
    team: str | None = None
    due_on: date | None = None


class InitiativeWork(CycleWork):
    initiative_id: UUID
    key_result_id: UUID
    objective_id: UUID


@event("InitiativePlanned")
class InitiativePlanned(InitiativeWork, InitiativeDefinition):
    pass


@event("InitiativeRevised")
class InitiativeRevised(InitiativeWork):
    reason: str
    before: InitiativeDefinition
    after: InitiativeDefinition


@event("InitiativeStarted")
class InitiativeStarted(InitiativeWork):
    pass


@event("InitiativeFinished")
class InitiativeFinished(InitiativeWork):
    """`effort_spent` in the unit of its definition, if anyone counted."""

    effort_spent: Number | None = None


@event("InitiativeCancelled")
class InitiativeCancelled(InitiativeWork):
    reason: str


@event("InitiativeResumed")
class InitiativeResumed(InitiativeWork):
    """Finished or cancelled too early: it goes on."""

    reason: str
