"""What the definition of a KPI is made of."""

from __future__ import annotations

from datetime import datetime

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


def true_since(event: KPIEvent, at: datetime) -> datetime:
    """Targets, policies and the like are true from the time they hold, whenever they are set; the
    rest is true from `at`, when it was said.
    """
    return getattr(event, "effective_from", at)
