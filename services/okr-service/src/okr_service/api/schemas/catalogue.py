from __future__ import annotations

from uuid import UUID

from helmlog_events.contracts.okr import Metric, ObjectiveKind, ObjectiveLevel
from helmlog_events.values import Number
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Name, Slug
from pydantic import Field

from okr_service.api.schemas.objectives import ObjectiveResponse
from okr_service.domain.catalogue.example import Department, ExampleObjective
from okr_service.domain.catalogue.instantiate import Instantiated, Override


class ExampleKeyResultResponse(ResponseModel):
    slug: str
    title: str
    metric: Metric
    baseline: Number | None
    target: Number | None
    change: Number | None = Field(description="The target in percent of the baseline, if it is so.")
    lower: Number | None
    upper: Number | None
    unit: str
    rate: str | None
    weight: Number
    kpi_template: str | None = Field(description="The slug of the KPI that would measure it.")


class ExampleResponse(ResponseModel):
    slug: str
    department: Department
    title: str
    why: str
    kind: ObjectiveKind
    level: ObjectiveLevel
    key_results: list[ExampleKeyResultResponse]


class CatalogueResponse(ResponseModel):
    items: list[ExampleResponse]


class OverrideModel(RequestModel):
    baseline: Number | None = None
    target: Number | None = None


class InstantiateRequest(RequestModel):
    cycle_id: UUID
    owner: Name | None = None
    team: Name | None = None
    level: ObjectiveLevel | None = None
    overrides: dict[Slug, OverrideModel] = Field(
        default={}, max_length=20, description="Own figures by the slug of the key result."
    )

    def domain_overrides(self) -> dict[str, Override]:
        return {
            slug: Override(model.baseline, model.target) for slug, model in self.overrides.items()
        }


class BindingResponse(ResponseModel):
    key_result_id: UUID
    slug: str = Field(description="Of the key result in the example.")
    kpi_template: str | None
    kpi_id: UUID | None = Field(description="The KPI of that slug; none where there is none yet.")


class InstantiatedResponse(ObjectiveResponse):
    bindings: list[BindingResponse]


def example_response(example: ExampleObjective) -> ExampleResponse:
    return ExampleResponse(
        slug=example.slug,
        department=example.department,
        title=example.title,
        why=example.why,
        kind=example.kind,
        level=example.level,
        key_results=[
            ExampleKeyResultResponse(
                slug=part.slug,
                title=part.title,
                metric=part.metric,
                baseline=part.baseline,
                target=part.definition().target,
                change=part.change,
                lower=part.lower,
                upper=part.upper,
                unit=part.unit,
                rate=part.rate,
                weight=part.weight,
                kpi_template=part.kpi_template,
            )
            for part in example.key_results
        ],
    )


def bindings_of(made: Instantiated) -> list[BindingResponse]:
    return [
        BindingResponse(
            key_result_id=part.state.facts.key_result_id,
            slug=part.example.slug,
            kpi_template=part.example.kpi_template,
            kpi_id=part.state.facts.definition.kpi_id,
        )
        for part in made.key_results
    ]
