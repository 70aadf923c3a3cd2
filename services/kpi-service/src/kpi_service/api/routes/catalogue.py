from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from helmlog_web.commands import Outcome, execute

from kpi_service.api.decided import parent_of
from kpi_service.api.dependencies import DefinitionCommand, Reader, UsedServices
from kpi_service.api.errors import by_route
from kpi_service.api.schemas.catalogue import (
    AdoptedInputResponse,
    AdoptedResponse,
    AdoptRequest,
    CatalogueResponse,
    TemplateResponse,
    template_response,
)
from kpi_service.api.schemas.kpis import kpi_response
from kpi_service.application.adoption import Adopt, Adopting
from kpi_service.domain.catalogue.catalogue import find_templates, template_of
from kpi_service.domain.catalogue.template import Department
from kpi_service.readmodel.moments import UNMEASURED

router = APIRouter(prefix="/v1/catalogue", tags=["catalogue"])


@router.get("")
async def list_templates(
    _principal: Reader,
    department: Annotated[Department | None, Query()] = None,
    key: Annotated[
        bool | None, Query(description="Those one steers by, or the figures they are made of.")
    ] = None,
    q: Annotated[
        str, Query(max_length=200, description="Words that stand somewhere in the template.")
    ] = "",
) -> CatalogueResponse:
    """Templates of KPIs by department, whole: there are few."""
    return CatalogueResponse(
        items=[template_response(one) for one in find_templates(department, q, key)]
    )


@router.get("/{slug}", responses=by_route.OF_TEMPLATE)
async def read_template(slug: str, _principal: Reader) -> TemplateResponse:
    return template_response(template_of(slug))


@router.post(
    "/{slug}:adopt", status_code=201, response_model=AdoptedResponse, responses=by_route.ADOPT
)
async def adopt_template(
    slug: str, body: AdoptRequest, context: DefinitionCommand, services: UsedServices
) -> Response:
    """Defines a KPI from the template, with its formula and what that is made of if asked for, in
    one write.
    """
    template = template_of(slug)

    async def decide() -> Outcome:
        command = Adopt(
            template=template,
            fields=body.fields(),
            shared=body.shared(),
            currency=body.currency,
            inputs=body.inputs,
            with_inputs=body.with_inputs,
            period=body.period,
            effective_from=body.effective_from or context.now,
            at=context.now,
        )
        adopted = await Adopting(
            services.definitions, services.formulas, context.tenant, command
        ).adopt()
        parent = await parent_of(services, context.tenant, adopted.kpi)
        shown = kpi_response(adopted.kpi, adopted.version, UNMEASURED, context.now, parent)
        inputs = [AdoptedInputResponse(**one._asdict()) for one in adopted.inputs]
        answer = AdoptedResponse(**dict(shown), inputs=inputs)
        location = f"/v1/kpis/{shown.id}"
        return Outcome(adopted.writes, 201, answer, location, adopted.version)

    return await execute(services.store, context, decide)
