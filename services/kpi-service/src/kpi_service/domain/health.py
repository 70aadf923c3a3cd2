"""How a KPI does, in one word: no data first, then thresholds, then the target."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from helmlog_events.contracts.kpi import Direction

from kpi_service.domain.threshold.policy import Policy

Health = Literal["no_data", "critical", "warning", "on_target", "off_target", "not_judged"]


def health(
    *,
    now: datetime,
    value: Decimal | None,
    observed_at: datetime | None,
    policy: Policy | None,
    severity: Literal["warning", "critical"] | None,
    direction: Direction,
    target: Decimal | None,
) -> Health:
    """`severity` is that of the open breach. Without a target a KPI is not judged, not healthy.

    The target itself is reached. A KPI that should stay within bounds is judged by its thresholds:
    with a target and no breach it is on target.
    """
    if value is None or observed_at is None or is_silent(policy, observed_at, now):
        return "no_data"
    if severity is not None:
        return severity
    if target is None:
        return "not_judged"
    reached = {"up": value >= target, "down": value <= target, "within": True}[direction]
    return "on_target" if reached else "off_target"


def is_silent(policy: Policy | None, observed_at: datetime | None, now: datetime) -> bool:
    """Whether the policy sets a time after which silence means something, and it has passed."""
    if policy is None or policy.no_data_after is None:
        return False
    return observed_at is None or now - observed_at > policy.no_data_after
