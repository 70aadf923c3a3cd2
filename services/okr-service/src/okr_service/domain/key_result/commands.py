from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.okr import KeyResultDefinition, StatusOverride

from okr_service.domain.cycle.state import Cycle
from okr_service.domain.objective.state import Objective


@dataclass(frozen=True, slots=True)
class AddKeyResult:
    key_result_id: UUID
    objective: Objective
    cycle: Cycle
    definition: KeyResultDefinition
    derived_from: UUID | None = None
    external_key: str | None = None


@dataclass(frozen=True, slots=True)
class CheckIn:
    """`observed_at` is when it was true; none means now, by the cycle's clock."""

    check_in_id: UUID
    key_result_id: UUID
    objective: Objective
    cycle: Cycle
    at: datetime
    value: Decimal | None = None
    done: tuple[str, ...] | None = None
    confidence: int | None = None
    narrative: str | None = None
    status: StatusOverride | None = None
    status_reason: str | None = None
    correction_reason: str | None = None
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FollowKPI:
    """A new value of the KPI that the key result is bound to; `cause` as `kpi/1204`."""

    key_result_id: UUID
    objective: Objective
    cycle: Cycle
    kpi_id: UUID
    value: Decimal
    observed_at: datetime
    cause: str


KeyResultCommand = AddKeyResult | CheckIn | FollowKPI
