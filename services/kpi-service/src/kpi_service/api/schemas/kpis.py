from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from helmlog_events.contracts.kpi import (
    Aggregation,
    Direction,
    KPILevel,
    KPIType,
    Measure,
)
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel, exemplified
from helmlog_web.text import Name, Paragraph, Reason, Slug, Title
from pydantic import Field, model_validator

from kpi_service.api.examples import definitions
from kpi_service.api.schemas.formulas import FormulaResponse
from kpi_service.api.schemas.policies import ThresholdPolicyResponse
from kpi_service.api.schemas.targets import TargetResponse, target_response
from kpi_service.domain.health import Health
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.threshold.state import StateName
from kpi_service.readmodel.judged import judge_current
from kpi_service.readmodel.listed import NamedKPI
from kpi_service.readmodel.moments import Measurement

_NEEDED = ("name", "unit", "direction", "type", "level", "cadence", "key")


class DefineKPIRequest(RequestModel):
    """`cadence` is an ISO 8601 duration, `timezone` an IANA name.

    A counter only rises, and starts anew at zero when what counts is restarted: its value in a
    period is what it rose by, so its aggregation is sum.
    """

    model_config = exemplified(definitions.DEFINE)

    slug: Slug
    name: Title
    definition: Paragraph | None = None
    unit: Name
    rate: Name | None = Field(default=None, description="As in leads *per day*.")
    direction: Direction
    type: KPIType = "operational"
    level: KPILevel = "company"
    cadence: str = Field(max_length=40)
    measure: Measure = "gauge"
    aggregation: Aggregation | None = Field(
        default=None, description="Left out: last, and sum of a counter."
    )
    timezone: str = Field(default="UTC", max_length=100)
    fiscal_calendar: Name | None = Field(
        default=None, description="The one by which fiscal periods are cut."
    )
    owner: Name | None = None
    org_unit: Name | None = None
    key: bool = False
    parent_id: UUID | None = Field(default=None, description="The KPI that this is a part of.")

    def recorded(self) -> dict[str, Any]:
        """The fields as they are recorded."""
        usual = "sum" if self.measure == "counter" else "last"
        return self.model_dump() | {"aggregation": self.aggregation or usual}


class ReviseKPIRequest(RequestModel):
    """Fields that are left out stay as they are; what a KPI need not have may be set to null."""

    name: Title | None = None
    definition: Paragraph | None = None
    unit: Name | None = None
    rate: Name | None = None
    direction: Direction | None = None
    type: KPIType | None = None
    level: KPILevel | None = None
    cadence: str | None = Field(default=None, max_length=40)
    fiscal_calendar: Name | None = None
    owner: Name | None = None
    org_unit: Name | None = None
    key: bool | None = None
    parent_id: UUID | None = None

    @model_validator(mode="after")
    def _nothing_needed_is_emptied(self) -> Self:
        for field in _NEEDED:
            if field in self.model_fields_set and getattr(self, field) is None:
                raise ValueError(f"{field} can be left out, but not be null")
        return self


class ServiceRequest(RequestModel):
    """From `effective_from` on, which is now if left out."""

    reason: Reason
    effective_from: Instant | None = None


class ParentResponse(ResponseModel):
    id: UUID
    slug: str
    name: str


class RetirementResponse(ResponseModel):
    effective_from: Instant
    reason: str


class KPIResponse(ResponseModel):
    """`health`: no data first, then the open breach, then the target; without one, not judged.

    The current value is judged by `judged_by`: the target without a period, or that of the shortest
    period which has one, where a period's value is its last. Other values of periods are judged
    when they are over, with the values by period. A retired KPI is not judged.
    """

    model_config = exemplified(definitions.KPI)

    id: UUID
    slug: str
    name: str
    definition: str | None
    unit: str
    rate: str | None
    direction: Direction | None = Field(
        description="None while nobody said which way is good: no target judges it."
    )
    type: KPIType
    level: KPILevel
    cadence: str
    measure: Measure
    aggregation: Aggregation
    timezone: str
    fiscal_calendar: str | None
    owner: str | None
    org_unit: str | None
    key: bool
    parent_id: UUID | None = Field(description="The KPI that this is a part of.")
    parent: ParentResponse | None
    template: str | None = Field(description="The catalogue's slug it was made from.")
    is_derived: bool
    formula: FormulaResponse | None = Field(description="The one that holds, of a derived KPI.")
    retired: RetirementResponse | None = Field(description="Since when it is not measured.")
    value: Number | None
    observed_at: Instant | None
    target: Number | None = Field(description="The figure of `judged_by`.")
    judged_by: TargetResponse | None
    achievement: Number | None = Field(
        description="The share reached of the target: 1 at the target, in 0..10. See `judged_by`."
    )
    health: Health
    threshold_state: StateName | Literal["no_data"]
    threshold_policy: ThresholdPolicyResponse | None
    targets: list[TargetResponse]
    version: int


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
