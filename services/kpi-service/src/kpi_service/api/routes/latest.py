from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Final, get_args

from fastapi import APIRouter, Query
from helmlog_events.contracts.kpi import KPILevel, KPIType
from helmlog_web.text import Name

from kpi_service.api.dependencies import Reader, UsedMoment, UsedServices, seen
from kpi_service.api.schemas.latest import (
    HealthOverviewResponse,
    LatestValuesResponse,
    latest_value_response,
)
from kpi_service.application.latest import LatestKPI
from kpi_service.domain.health import Health
from kpi_service.readmodel.judged import judge_current

router = APIRouter(prefix="/v1", tags=["values"])

MOST_KPIS: Final = 500
Key = Annotated[str, Query(min_length=1, max_length=100)]


@router.get("/values/latest")
async def read_latest_values(
    kpi: Annotated[
        list[Key], Query(min_length=1, max_length=MOST_KPIS, description="Id or slug, repeated.")
    ],
    principal: Reader,
    moment: UsedMoment,
    services: UsedServices,
) -> LatestValuesResponse:
    """The latest value of each, as observed by `valid_at` and known at `known_at`.

    In the past, `threshold_state` tells normal, warning and critical, as for one KPI.
    """
    asked = list(dict.fromkeys(kpi))
    found = await services.latest.of(principal.tenant, asked, moment)
    return LatestValuesResponse(
        items=[latest_value_response(key, found[key], moment) for key in asked if key in found],
        unknown=[key for key in asked if key not in found],
    )


@router.get("/health-overview", dependencies=[seen])
async def read_health_overview(
    principal: Reader,
    moment: UsedMoment,
    services: UsedServices,
    type: Annotated[KPIType | None, Query()] = None,  # noqa: A002 - the parameter's name
    level: Annotated[KPILevel | None, Query()] = None,
    owner: Annotated[Name | None, Query()] = None,
    org_unit: Annotated[Name | None, Query()] = None,
    key: Annotated[bool | None, Query()] = None,
) -> HealthOverviewResponse:
    """How the tenant's KPIs do on the whole, as they stood at `valid_at` and known at `known_at`.

    The filters ask what each KPI was by what is known, not what it is today.
    """
    asked = {"type": type, "level": level, "owner": owner, "org_unit": org_unit, "key": key}
    chosen = [
        one
        for one in await services.latest.all(principal.tenant, moment)
        if _is_asked_for(one, asked)
    ]
    measured = [one for one in chosen if one.kpi.is_measured_at(moment.at)]
    counts = Counter(judge_current(one.kpi, one.measurement, moment.at).health for one in measured)
    return HealthOverviewResponse(
        health={health: counts[health] for health in get_args(Health)},
        total=len(measured),
        retired=len(chosen) - len(measured),
    )


def _is_asked_for(one: LatestKPI, asked: Mapping[str, Any]) -> bool:
    definition = one.kpi.definition
    return all(wanted in (None, getattr(definition, name)) for name, wanted in asked.items())
