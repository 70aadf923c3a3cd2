"""What the definition of a KPI is made of."""

from __future__ import annotations

from helmlog_events.contracts.kpi import (
    KPIDefined,
    KPIRevised,
    KPITargetSet,
    ThresholdPolicySet,
)

KPIEvent = KPIDefined | KPIRevised | KPITargetSet | ThresholdPolicySet
