from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from helmlog_events.contracts.okr import KeyResultDefinition, StatusOverride

from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.kpi_value import KPIValue
from okr_service.domain.key_result.measurement import Measurement
from okr_service.domain.key_result.parts import Breach
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
    """`observed_at` is when it was true; none means now, by the cycle's clock, or when the check-in
    that it `corrects` was true. `by` is who records it.
    """

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
    corrects: UUID | None = None
    observed_at: datetime | None = None
    late_correction: bool = False
    by: str | None = None


@dataclass(frozen=True, slots=True)
class AcknowledgeCheckIn:
    key_result_id: UUID
    cycle: Cycle
    check_in_id: UUID
    by: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ReviseKeyResult:
    """`changes` holds the fields of the definition that are given, by name.

    `version` is that of the revision in the stream. `said` is what was measured so far, in the
    order it was told, where the revision reaches back before it.
    """

    key_result_id: UUID
    objective: Objective
    cycle: Cycle
    at: datetime
    reason: str
    version: int
    changes: Mapping[str, Any] = field(default_factory=dict)
    effective_from: datetime | None = None
    late_correction: bool = False
    said: tuple[Measurement, ...] = ()


@dataclass(frozen=True, slots=True)
class MoveKeyResult:
    key_result_id: UUID
    objective: Objective
    to: Objective
    cycle: Cycle
    reason: str


@dataclass(frozen=True, slots=True)
class CancelKeyResult:
    key_result_id: UUID
    objective: Objective
    cycle: Cycle
    reason: str


@dataclass(frozen=True, slots=True)
class GradeKeyResult:
    """Without `grade`, the one that progress suggests."""

    key_result_id: UUID
    objective: Objective
    cycle: Cycle
    grade: Decimal | None = None
    reason: str | None = None
    learned: str | None = None
    late_correction: bool = False


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


@dataclass(frozen=True, slots=True)
class ResolveTarget:
    """`basis` is the KPI's last value before the moment that a relative target starts from,
    `newest` its last one before the cycle's end.
    """

    key_result_id: UUID
    objective: Objective
    cycle: Cycle
    at: datetime
    basis: KPIValue | None
    newest: KPIValue | None


@dataclass(frozen=True, slots=True)
class GuardKeyResult:
    """How a guardrail's KPI stands: in `breach` or not, since `observed_at`; `cause` told it."""

    key_result_id: UUID
    objective: Objective
    cycle: Cycle
    kpi_id: UUID
    breach: Breach | None
    observed_at: datetime
    cause: str


KeyResultCommand = (
    AddKeyResult
    | CheckIn
    | AcknowledgeCheckIn
    | ReviseKeyResult
    | MoveKeyResult
    | CancelKeyResult
    | GradeKeyResult
    | FollowKPI
    | ResolveTarget
    | GuardKeyResult
)
