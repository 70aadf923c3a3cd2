"""What a report knows of a cycle: facts out of events, each with the event that gave it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from helmlog_events.contracts import alignment, kpi, okr

Fact_ = TypeVar("Fact_")


@dataclass(frozen=True, slots=True)
class Told(Generic[Fact_]):
    """A fact, the event that told it (`okr/12`), and since when it is true."""

    fact: Fact_
    event: str
    since: datetime


@dataclass(slots=True)
class CycleFacts:
    plan: Told[okr.CycleOpened | okr.CyclePlan] | None = None
    state: Told[str] | None = None


@dataclass(slots=True)
class ObjectiveFacts:
    defined: Told[okr.ObjectiveDefinition] | None = None
    state: Told[str] | None = None
    graded: Told[okr.ObjectiveGraded] | None = None
    closed: Told[okr.ObjectiveClosed] | None = None


@dataclass(slots=True)
class KeyResultFacts:
    defined: Told[okr.KeyResultDefinition] | None = None
    objective_id: UUID | None = None
    updated: Told[okr.KeyResultUpdated] | None = None
    graded: Told[okr.KeyResultGraded] | None = None
    cancelled: Told[okr.KeyResultCancelled] | None = None


@dataclass(slots=True)
class KPIFacts:
    defined: Told[kpi.KPIDefined] | None = None
    value: Told[kpi.KPIValueChanged | kpi.KPIValueCorrected] | None = None
    open_breaches: dict[UUID, Told[kpi.KPIThresholdBreached]] = field(default_factory=dict)
    severities: dict[UUID, Told[str]] = field(default_factory=dict)


@dataclass(slots=True)
class CycleReport:
    """`late_corrections` are the events written into the cycle after it was closed. `counted` is,
    by source, how many events were folded and the last of their places. The events are those true
    at `valid_at`; what one of them tells of later than that is not.
    """

    valid_at: datetime | None = None
    cycle: CycleFacts = field(default_factory=CycleFacts)
    objectives: dict[UUID, ObjectiveFacts] = field(default_factory=dict)
    key_results: dict[UUID, KeyResultFacts] = field(default_factory=dict)
    kpis: dict[UUID, KPIFacts] = field(default_factory=dict)
    links: dict[UUID, Told[alignment.LinkAdded]] = field(default_factory=dict)
    roll_ups: dict[UUID, Told[alignment.RollUpChanged]] = field(default_factory=dict)
    risks: dict[tuple[UUID, UUID], Told[alignment.ObjectiveAtRisk]] = field(default_factory=dict)
    late_corrections: list[str] = field(default_factory=list)
    counted: dict[str, tuple[int, int]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def objective(self, objective_id: UUID) -> ObjectiveFacts:
        return _of(self.objectives, objective_id, ObjectiveFacts)

    def key_result(self, key_result_id: UUID) -> KeyResultFacts:
        return _of(self.key_results, key_result_id, KeyResultFacts)

    def kpi(self, kpi_id: UUID) -> KPIFacts:
        return _of(self.kpis, kpi_id, KPIFacts)


def _of(facts: dict[UUID, Fact_], key: UUID, create: Callable[[], Fact_]) -> Fact_:
    if key not in facts:
        facts[key] = create()
    return facts[key]
