"""Bodies of the latest values of many KPIs, and of how they do on the whole."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel

from kpi_service.application.latest import LatestKPI
from kpi_service.domain.health import Health
from kpi_service.domain.threshold.state import StateName
from kpi_service.readmodel.judged import judge_current
from kpi_service.readmodel.moments import Moment


class LatestValueResponse(ResponseModel):
    """`kpi` is the id or slug that was asked for."""

    kpi: str
    id: UUID
    slug: str
    name: str
    unit: str
    value: Number | None
    observed_at: Instant | None
    health: Health
    threshold_state: StateName | Literal["no_data"]
    target: Number | None


class LatestValuesResponse(ResponseModel):
    """In the order asked for; `unknown` are those behind which there is no KPI at that moment."""

    items: list[LatestValueResponse]
    unknown: list[str]


class HealthOverviewResponse(ResponseModel):
    """How many KPIs there are of each health, every kind named; the `retired` are not in it."""

    health: dict[Health, int]
    total: int
    retired: int


def latest_value_response(key: str, one: LatestKPI, moment: Moment) -> LatestValueResponse:
    judged = judge_current(one.kpi, one.measurement, moment.at)
    definition = one.kpi.definition
    return LatestValueResponse(
        kpi=key,
        id=definition.kpi_id,
        slug=definition.slug,
        name=definition.name,
        unit=definition.unit,
        value=one.measurement.value,
        observed_at=one.measurement.observed_at,
        health=judged.health,
        threshold_state=judged.threshold_state,
        target=None if judged.target is None else judged.target.target,
    )
