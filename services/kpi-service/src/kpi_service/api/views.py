"""From what is known to what is shown."""

from __future__ import annotations

from datetime import datetime

from kpi_service.api.schemas import (
    KPIResponse,
    TargetResponse,
    ThresholdPolicyResponse,
)
from kpi_service.domain.health import health, is_silent
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.threshold.policy import policy_at
from kpi_service.readmodel.moments import Measurement


def kpi_response(kpi: KPI, version: int, now: Measurement, moment: datetime) -> KPIResponse:
    """The KPI as it stands at `moment`, with what is measured of it `now`."""
    policy = policy_at(kpi.policies, moment)
    target = kpi.target_at(moment)
    definition = kpi.definition
    silent = is_silent(policy, now.observed_at, moment)
    return KPIResponse(
        id=definition.kpi_id,
        slug=definition.slug,
        name=definition.name,
        definition=definition.definition,
        unit=definition.unit,
        direction=definition.direction,
        type=definition.type,
        level=definition.level,
        cadence=definition.cadence,
        aggregation=definition.aggregation,
        timezone=definition.timezone,
        owner=definition.owner,
        key=definition.key,
        value=now.value,
        observed_at=now.observed_at,
        target=None if target is None else target.target,
        health=health(
            now=moment,
            value=now.value,
            observed_at=now.observed_at,
            policy=policy,
            severity=now.severity,
            direction=definition.direction,
            target=None if target is None else target.target,
        ),
        threshold_state="no_data" if silent else now.state,
        threshold_policy=_policy_response(kpi, moment),
        targets=[
            TargetResponse(effective_from=one.effective_from, target=one.target)
            for one in kpi.targets
            if one.target is not None
        ],
        version=version,
    )


def _policy_response(kpi: KPI, moment: datetime) -> ThresholdPolicyResponse | None:
    held = [one for one in kpi.policy_events if one.effective_from <= moment]
    if not held:
        return None
    return ThresholdPolicyResponse.model_validate(
        held[-1].model_dump(exclude={"kpi_id"}), from_attributes=True
    )
