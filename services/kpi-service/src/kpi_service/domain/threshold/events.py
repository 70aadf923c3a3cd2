"""What a threshold's judgement can say."""

from __future__ import annotations

from helmlog_events.contracts.kpi import (
    KPIBreachRevised,
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
)

ThresholdEvent = (
    KPIThresholdBreached | KPIThresholdEscalated | KPIThresholdRecovered | KPIBreachRevised
)
