"""A command on a KPI's definition, from deciding to what is answered."""

from __future__ import annotations

from helmlog_web.commands import CommandContext, Outcome, check_if_match

from kpi_service.api.dependencies import Services
from kpi_service.api.schemas.kpis import kpi_response
from kpi_service.application.handlers import kpi_of
from kpi_service.domain.kpi.decide import KPICommand
from kpi_service.domain.kpi.state import KPI
from kpi_service.readmodel.listed import NamedKPI, named
from kpi_service.readmodel.moments import Moment


async def decided(
    services: Services, context: CommandContext, command: KPICommand, status: int = 200
) -> Outcome:
    """What is to be written, and the KPI as it stands then. Raises a `Refusal`, or a 412."""
    outcome = await services.definitions.decide(context.tenant, command)
    check_if_match(context, outcome.before)
    measured = await services.queries.measurement(
        context.tenant, kpi_of(command), Moment(context.now)
    )
    parent = await parent_of(services, context.tenant, outcome.kpi)
    body = kpi_response(outcome.kpi, outcome.version, measured, context.now, parent)
    return Outcome(outcome.writes, status, body, version=outcome.version)


async def parent_of(
    services: Services, tenant: str, kpi: KPI, moment: Moment | None = None
) -> NamedKPI | None:
    """What it is a part of, by the name it has, or had at `moment`."""
    parent_id = kpi.definition.parent_id
    if parent_id is None:
        return None
    valid_at, up_to_seq = (None, None) if moment is None else (moment.valid_at, moment.up_to_seq)
    loaded = await services.definitions.load(
        tenant, parent_id, valid_at=valid_at, up_to_seq=up_to_seq
    )
    return named(loaded.kpi)
