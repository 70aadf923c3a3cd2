"""What people do about a breach."""

from __future__ import annotations

from helmlog_events.contracts.kpi import (
    KPIBreachAnnotated,
    KPIBreachSilenced,
    KPIBreachUnsilenced,
    KPIThresholdAcknowledged,
)

BreachEvent = (
    KPIThresholdAcknowledged | KPIBreachSilenced | KPIBreachUnsilenced | KPIBreachAnnotated
)
