"""From what is known to what is shown."""

from __future__ import annotations

from datetime import datetime

from kpi_service.api.schemas import (
    FormulaResponse,
    KPIResponse,
    ParentResponse,
    RetirementResponse,
    ThresholdPolicyResponse,
    target_response,
)
from kpi_service.domain.kpi.state import KPI
from kpi_service.readmodel.judged import judge_current
from kpi_service.readmodel.listed import NamedKPI
from kpi_service.readmodel.moments import Measurement


def kpi_response(
    kpi: KPI,
    version: int,
    now: Measurement,
    moment: datetime,
    parent: NamedKPI | None = None,
) -> KPIResponse:
    """The KPI as it stands at `moment`, with what is measured of it `now`."""
    judged = judge_current(kpi, now, moment)
    definition = kpi.definition
    retirement = kpi.retirement_at(moment)
    formula = kpi.formula_at(moment)
    return KPIResponse(
        id=definition.kpi_id,
        slug=definition.slug,
        name=definition.name,
        definition=definition.definition,
        unit=definition.unit,
        rate=definition.rate,
        direction=definition.direction,
        type=definition.type,
        level=definition.level,
        cadence=definition.cadence,
        measure=definition.measure,
        aggregation=definition.aggregation,
        timezone=definition.timezone,
        fiscal_calendar=definition.fiscal_calendar,
        owner=definition.owner,
        org_unit=definition.org_unit,
        key=definition.key,
        parent_id=definition.parent_id,
        parent=None if parent is None else ParentResponse(**parent._asdict()),
        template=definition.template,
        is_derived=kpi.is_derived,
        formula=None
        if formula is None
        else FormulaResponse.model_validate(formula, from_attributes=True),
        retired=None
        if retirement is None
        else RetirementResponse.model_validate(retirement, from_attributes=True),
        value=now.value,
        observed_at=now.observed_at,
        target=None if judged.target is None else judged.target.target,
        judged_by=None if judged.target is None else target_response(judged.target),
        achievement=None if judged.achievement is None else judged.achievement.share,
        health=judged.health,
        threshold_state=judged.threshold_state,
        threshold_policy=_policy_response(kpi, moment),
        targets=[target_response(one) for one in kpi.targets if one.target is not None],
        version=version,
    )


def _policy_response(kpi: KPI, moment: datetime) -> ThresholdPolicyResponse | None:
    held = [one for one in kpi.policy_events if one.effective_from <= moment]
    if not held:
        return None
    return ThresholdPolicyResponse.model_validate(
        held[-1].model_dump(exclude={"kpi_id"}), from_attributes=True
    )
