"""How a KPI does by what is measured of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from kpi_service.domain.achievement import Achievement, achievement
from kpi_service.domain.health import Health, health, is_silent
from kpi_service.domain.kpi.state import KPI, Target
from kpi_service.domain.threshold.policy import policy_at
from kpi_service.domain.threshold.state import StateName
from kpi_service.readmodel.moments import Measurement


class Judged(NamedTuple):
    """`target` is the one that judges the current value, `achievement` what is reached of it."""

    health: Health
    threshold_state: StateName | Literal["no_data"]
    target: Target | None
    achievement: Achievement | None


def judge_current(kpi: KPI, measured: Measurement, moment: datetime) -> Judged:
    """As it stands at `moment`; that nothing is heard of a retired KPI means nothing."""
    policy = policy_at(kpi.policies, moment)
    target = kpi.judging_target(moment)
    in_service = kpi.is_measured_at(moment)
    silent = in_service and is_silent(policy, measured.observed_at, moment)
    direction = kpi.definition.direction
    return Judged(
        health(
            now=moment,
            value=measured.value,
            observed_at=measured.observed_at,
            policy=policy,
            severity=measured.severity,
            direction=direction,
            target=target,
            measured=in_service,
        ),
        "no_data" if silent else measured.state,
        target,
        None
        if target is None or measured.value is None or direction is None
        else achievement(measured.value, target, direction),
    )
