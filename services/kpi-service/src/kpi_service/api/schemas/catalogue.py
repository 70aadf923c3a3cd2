from __future__ import annotations

from uuid import UUID

from helmlog_events.contracts.kpi import (
    Aggregation,
    Direction,
    KPILevel,
    KPIType,
    Measure,
    Period,
)
from helmlog_events.values import Instant
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Name, Paragraph, Slug, Title
from pydantic import Field

from kpi_service.api.schemas.kpis import KPIResponse
from kpi_service.domain.catalogue.template import MONEY, Department, Template


class TemplateInputResponse(ResponseModel):
    name: str = Field(description="How the expression calls it.")
    template: str = Field(description="The slug of the template of what it is.")


class TemplateFormulaResponse(ResponseModel):
    words: str
    expression: str
    inputs: list[TemplateInputResponse]
    period: Period


class TemplateResponse(ResponseModel):
    slug: str
    name: str
    department: Department
    tells: str
    unit: str
    rate: str | None
    direction: Direction
    type: KPIType
    level: KPILevel
    cadence: str
    measure: Measure
    aggregation: Aggregation
    key: bool = Field(description="One steers by it; others are figures it is made of.")
    formula: TemplateFormulaResponse | None = Field(description="None: it is measured.")


class CatalogueResponse(ResponseModel):
    items: list[TemplateResponse]


class AdoptRequest(RequestModel):
    """What is left out is as in the template."""

    slug: Slug | None = None
    name: Title | None = None
    definition: Paragraph | None = None
    unit: Name | None = None
    type: KPIType | None = None
    level: KPILevel | None = None
    cadence: str | None = Field(default=None, max_length=40)
    key: bool | None = None
    parent_id: UUID | None = None
    owner: Name | None = Field(default=None, description="Also of inputs that are adopted.")
    org_unit: Name | None = Field(default=None, description="Also of inputs that are adopted.")
    timezone: str = Field(default="UTC", max_length=100, description="Also of adopted inputs.")
    fiscal_calendar: Name | None = Field(default=None, description="Also of adopted inputs.")
    currency: Name = Field(default=MONEY, description="In place of the templates' own.")
    with_inputs: bool = Field(
        default=False,
        description="Set the formula, and adopt those of its inputs that are not there.",
    )
    inputs: dict[str, str] = Field(
        default={},
        max_length=20,
        description="Set the formula, with these KPIs (id or slug) for inputs by name.",
    )
    period: Period | None = Field(default=None, description="In which the formula is computed.")
    effective_from: Instant | None = Field(
        default=None, description="From when on the formula holds; now if left out."
    )

    def fields(self) -> dict[str, object]:
        return self._given(
            "slug",
            "name",
            "definition",
            "unit",
            "type",
            "level",
            "cadence",
            "key",
            "parent_id",
        )

    def shared(self) -> dict[str, object]:
        return self._given("owner", "org_unit", "timezone", "fiscal_calendar")

    def _given(self, *names: str) -> dict[str, object]:
        chosen = {name: getattr(self, name) for name in names}
        return {name: value for name, value in chosen.items() if value is not None}


class AdoptedInputResponse(ResponseModel):
    name: str
    kpi_id: UUID
    slug: str
    created: bool = Field(description="It was adopted too; else it was there.")


class AdoptedResponse(KPIResponse):
    inputs: list[AdoptedInputResponse]


def template_response(template: Template) -> TemplateResponse:
    return TemplateResponse.model_validate(template, from_attributes=True)
