"""What the definition of a KPI is made of."""

from __future__ import annotations

from helmlog_events.contracts.kpi import (
    KPIDefined,
    KPIFormulaSet,
    KPIRetired,
    KPIRevised,
    KPIRevived,
    KPITargetSet,
    KPITargetWithdrawn,
    ThresholdPolicySet,
)

KPIEvent = (
    KPIDefined
    | KPIRevised
    | KPIRetired
    | KPIRevived
    | KPITargetSet
    | KPITargetWithdrawn
    | KPIFormulaSet
    | ThresholdPolicySet
)
