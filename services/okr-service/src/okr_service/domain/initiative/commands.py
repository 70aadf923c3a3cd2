from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.okr import InitiativeDefinition

from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.objective.state import Objective


@dataclass(frozen=True, slots=True)
class Purpose:
    """What the work is for, as it stands: a key result may have been moved meanwhile."""

    key_result: KeyResult
    objective: Objective
    cycle: Cycle


@dataclass(frozen=True, slots=True)
class PlanInitiative:
    initiative_id: UUID
    purpose: Purpose
    definition: InitiativeDefinition


@dataclass(frozen=True, slots=True)
class ReviseInitiative:
    initiative_id: UUID
    purpose: Purpose
    definition: InitiativeDefinition
    reason: str


@dataclass(frozen=True, slots=True)
class StartInitiative:
    initiative_id: UUID
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class FinishInitiative:
    initiative_id: UUID
    purpose: Purpose
    effort_spent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CancelInitiative:
    initiative_id: UUID
    purpose: Purpose
    reason: str


@dataclass(frozen=True, slots=True)
class ResumeInitiative:
    initiative_id: UUID
    purpose: Purpose
    reason: str


InitiativeStep = (
    ReviseInitiative | StartInitiative | FinishInitiative | CancelInitiative | ResumeInitiative
)
InitiativeCommand = PlanInitiative | InitiativeStep
