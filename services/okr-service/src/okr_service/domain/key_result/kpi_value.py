"""What is known here of KPIs; `cause` names the event that told it, as `kpi/1204`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from okr_service.domain.key_result.parts import Breach


@dataclass(frozen=True, slots=True)
class KPIValue:
    """A KPI's value since `observed_at`."""

    kpi_id: UUID
    value: Decimal
    observed_at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class KPIAlarm:
    """A KPI in `breach` since `observed_at`; or recovered then, where there is none."""

    kpi_id: UUID
    breach: Breach | None
    observed_at: datetime
    cause: str
