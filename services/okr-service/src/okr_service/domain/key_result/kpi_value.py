from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class KPIValue:
    """A KPI's value since `observed_at`; `cause` names the event that told it, as `kpi/1204`."""

    kpi_id: UUID
    value: Decimal
    observed_at: datetime
    cause: str
