from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from helmlog_events.ids import new_id
from helmlog_web.commands import Outcome, execute

from okr_service.api.dependencies import Command, Reader, UsedServices
from okr_service.api.schemas.catalogue import (
    CatalogueResponse,
    ExampleResponse,
    InstantiatedResponse,
    InstantiateRequest,
    bindings_of,
    example_response,
)
from okr_service.api.schemas.objectives import objective_response
from okr_service.application.catalogue import sheet_of_new, writes_of
from okr_service.domain.catalogue.catalogue import example_of, find_examples
from okr_service.domain.catalogue.example import Department
from okr_service.domain.catalogue.instantiate import Instantiate, instantiate

router = APIRouter(prefix="/v1/catalogue", tags=["catalogue"])


@router.get("")
async def list_examples(
    _principal: Reader,
    department: Annotated[Department | None, Query()] = None,
    q: Annotated[
        str, Query(max_length=200, description="Words that stand somewhere in the example.")
    ] = "",
) -> CatalogueResponse:
    """Example OKRs by department, whole: there are few."""
    return CatalogueResponse(
        items=[example_response(example) for example in find_examples(department, q)]
    )


@router.get("/{slug}")
async def read_example(slug: str, _principal: Reader) -> ExampleResponse:
    return example_response(example_of(slug))


@router.post("/{slug}:instantiate", status_code=201, response_model=InstantiatedResponse)
async def instantiate_example(
    slug: str, body: InstantiateRequest, context: Command, services: UsedServices
) -> Response:
    """Drafts the example's objective and key results in a cycle, in one write. A key result is
    bound to the KPI that has the slug of its template, where there is one.
    """
    example = example_of(slug)
    objective_id = new_id()
    # Ids of one millisecond have no order of their own; key results are shown in that of their ids.
    key_result_ids = sorted(new_id() for _ in example.key_results)

    async def decide() -> Outcome:
        cycle = await services.objectives.cycle_to_plan_in(context.tenant, body.cycle_id)
        templates = [part.kpi_template for part in example.key_results if part.kpi_template]
        command = Instantiate(
            example=example,
            cycle=cycle.state,
            objective_id=objective_id,
            key_result_ids=key_result_ids,
            owner=body.owner,
            team=body.team,
            level=body.level,
            overrides=body.domain_overrides(),
            kpis=await services.kpis.by_slug(context.tenant, templates),
        )
        made = instantiate(command)
        sheet = sheet_of_new(made)
        objective = objective_response(sheet, cycle.state, context.now)
        answer = InstantiatedResponse(**dict(objective), bindings=bindings_of(made))
        writes = writes_of(made, cycle.state.facts.course.defined_at(context.now))
        location = f"/v1/objectives/{objective_id}"
        return Outcome((*writes, cycle.guard), 201, answer, location, sheet.version)

    return await execute(services.store, context, decide)
