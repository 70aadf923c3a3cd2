"""How a KPI does, in one word: no data first, then thresholds, then the target."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from helmlog_events.contracts.kpi import Direction

from kpi_service.domain.achievement import achievement
from kpi_service.domain.kpi.state import Target
from kpi_service.domain.threshold.policy import Policy

Health = Literal["no_data", "critical", "warning", "on_target", "off_target", "not_judged"]


def health(
    *,
    now: datetime,
    value: Decimal | None,
    observed_at: datetime | None,
    policy: Policy | None,
    severity: Literal["warning", "critical"] | None,
    direction: Direction | None,
    target: Target | None,
    measured: bool = True,
) -> Health:
    """`severity` is that of the open breach; `target` the one that judges (`KPI.judging_target`).

    Without a target, or while nobody said which way is good, a KPI is not judged, not healthy; nor
    is it once it is no longer `measured`.
    One that should stay within bounds, and has a single figure for a target, is judged by its
    thresholds: without a breach it is on target.
    """
    if not measured:
        return "not_judged"
    if value is None or observed_at is None or is_silent(policy, observed_at, now):
        return "no_data"
    if severity is not None:
        return severity
    if target is None or direction is None:
        return "not_judged"
    return "on_target" if achievement(value, target, direction).reached else "off_target"


def is_silent(policy: Policy | None, observed_at: datetime | None, now: datetime) -> bool:
    """Whether the policy sets a time after which silence means something, and it has passed."""
    if policy is None or policy.no_data_after is None:
        return False
    return observed_at is None or now - observed_at > policy.no_data_after
