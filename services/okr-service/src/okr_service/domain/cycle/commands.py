from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from helmlog_events.contracts.okr import CycleKind, CyclePlan, CycleSettings, FiscalPeriod

from okr_service.domain.cycle.state import Cycle

DEFAULT_SETTINGS: Final = CycleSettings()


@dataclass(frozen=True, slots=True)
class OpenCycle:
    """Past, present or future dates; backfilling last year's quarters is ordinary use."""

    cycle_id: UUID
    name: str
    kind: CycleKind
    starts_on: date
    ends_on: date
    timezone: str
    parent: Cycle | None = None
    fiscal: FiscalPeriod | None = None
    settings: CycleSettings = DEFAULT_SETTINGS


@dataclass(frozen=True, slots=True)
class ReviseCycle:
    """`plan` is the whole of what is to hold; `ancestors` are the parent's and the parent itself;
    `children` are what lies in the cycle.
    """

    cycle_id: UUID
    reason: str
    plan: CyclePlan
    parent: Cycle | None = None
    ancestors: frozenset[UUID] = frozenset()
    children: tuple[Cycle, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    cycle_id: UUID
    reason: str
    settings: CycleSettings


@dataclass(frozen=True, slots=True)
class AttachChild:
    """Tells the parent of a cycle that comes to lie in it, in the same append."""

    cycle_id: UUID
    child_id: UUID


@dataclass(frozen=True, slots=True)
class DetachChild:
    cycle_id: UUID
    child_id: UUID


@dataclass(frozen=True, slots=True)
class ActivateCycle:
    """`at` is the actual moment, whatever was planned; so for each step."""

    cycle_id: UUID
    at: datetime
    parent: Cycle | None = None


@dataclass(frozen=True, slots=True)
class StartReview:
    cycle_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class CloseCycle:
    cycle_id: UUID
    at: datetime
    children: tuple[Cycle, ...] = ()


@dataclass(frozen=True, slots=True)
class ReopenCycle:
    cycle_id: UUID
    reason: str
    at: datetime
    parent: Cycle | None = None


CycleStep = ActivateCycle | StartReview | CloseCycle | ReopenCycle
CycleCommand = OpenCycle | ReviseCycle | ChangeSettings | AttachChild | DetachChild | CycleStep
