"""Bodies about formulas, in and out."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from helmlog_events.contracts.kpi import FormulaInput, KPIFormulaSet, Period
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel, exemplified
from pydantic import Field

from kpi_service.api.examples import definitions
from kpi_service.application.lineage import InputLineage, PeriodLineage
from kpi_service.domain.formula.decide import MAX_INPUTS
from kpi_service.domain.formula.evaluate import Undefined, Value
from kpi_service.domain.formula.parse import MAX_LENGTH
from kpi_service.domain.kpi.state import KPI

Key = Annotated[str, Field(min_length=1, max_length=200)]


class SetFormulaRequest(RequestModel):
    """`inputs` says by name which KPI, by id or slug, the expression means.

    The expression: numbers, names of inputs, `+ - * /`, parentheses, `min`, `max`, `sum`, `abs`,
    `round(x, places)`, `previous(name)` for the value in the period before, and
    `default(name, number)` for where an input has none.
    """

    model_config = exemplified(definitions.FORMULA)

    effective_from: Instant
    expression: str = Field(min_length=1, max_length=MAX_LENGTH, examples=["100 * won / leads"])
    inputs: dict[str, Key] = Field(
        min_length=1, max_length=MAX_INPUTS, examples=[{"won": "deals-won", "leads": "leads"}]
    )
    period: Period


class FormulaResponse(ResponseModel):
    """Makes the value of each `period` that begins at `effective_from` or later."""

    effective_from: Instant
    expression: str
    inputs: list[FormulaInput]
    period: Period


class KPIFormulasResponse(ResponseModel):
    """`formula` is the one that holds at `valid_at`; `formulas` are all, in order of time."""

    kpi_id: UUID
    formula: FormulaResponse | None
    formulas: list[FormulaResponse]
    version: int


class SetFormulaResponse(KPIFormulasResponse):
    """`warnings`: what looks odd about it, though it is allowed."""

    model_config = exemplified(definitions.FORMULAS)

    warnings: list[str]


class LineageStepResponse(ResponseModel):
    """A part of the expression and what it came to, rounded to 20 places."""

    expression: str
    value: Number | None
    reason: str | None


class RecordedResponse(ResponseModel):
    """The reading; null for one that was withdrawn."""

    value: Number | None
    revision: int
    received_at: Instant


class InputLineageResponse(ResponseModel):
    """`value` is that of the input in its period, null if it has none.

    `last_revision` is above 1 if a reading of the period was corrected. `made_of` tells the same of
    the values of an input that is derived itself; `left_out`: there are more than fit.
    """

    name: str
    kpi_id: UUID
    slug: str
    starts_at: Instant
    ends_at: Instant
    value: Number | None
    readings: int
    last_revision: int | None
    made_of: list[LineageResponse]
    left_out: bool


class LineageResponse(ResponseModel):
    """Why a derived value is what it is, or why there is none: `reason`.

    It is computed anew from what was known; `recorded` is the reading that stands. `provisional`:
    the period is not over, and nothing is recorded yet.
    """

    kpi_id: UUID
    slug: str
    starts_at: Instant
    ends_at: Instant
    formula: FormulaResponse
    inputs: list[InputLineageResponse]
    steps: list[LineageStepResponse]
    value: Number | None
    reason: str | None
    recorded: RecordedResponse | None
    provisional: bool


def formulas_response(kpi: KPI, version: int, moment: datetime) -> KPIFormulasResponse:
    return KPIFormulasResponse.model_validate(formulas_fields(kpi, version, moment))


def formulas_fields(kpi: KPI, version: int, moment: datetime) -> dict[str, Any]:
    held = kpi.formula_at(moment)
    return {
        "kpi_id": kpi.definition.kpi_id,
        "formula": None if held is None else formula_response(held),
        "formulas": [formula_response(one) for one in kpi.formulas],
        "version": version,
    }


def formula_response(formula: KPIFormulaSet) -> FormulaResponse:
    return FormulaResponse(
        effective_from=formula.effective_from,
        expression=formula.expression,
        inputs=list(formula.inputs),
        period=formula.period,
    )


def lineage_response(lineage: PeriodLineage) -> LineageResponse:
    recorded = lineage.recorded
    return LineageResponse(
        kpi_id=lineage.kpi_id,
        slug=lineage.slug,
        starts_at=lineage.span.starts_at,
        ends_at=lineage.span.ends_at,
        formula=formula_response(lineage.formula),
        inputs=[_input_response(one) for one in lineage.inputs],
        steps=[
            LineageStepResponse(expression=one.expression, **value_or_reason(one.value))
            for one in lineage.steps
        ],
        **value_or_reason(lineage.result),
        recorded=None
        if recorded is None
        else RecordedResponse(
            value=recorded.value, revision=recorded.revision, received_at=recorded.received_at
        ),
        provisional=not lineage.is_over,
    )


def _input_response(one: InputLineage) -> InputLineageResponse:
    return InputLineageResponse(
        name=one.name,
        kpi_id=one.kpi_id,
        slug=one.slug,
        starts_at=one.span.starts_at,
        ends_at=one.span.ends_at,
        value=None if one.value is None else one.value.value,
        readings=0 if one.value is None else one.value.readings,
        last_revision=one.last_revision,
        made_of=[lineage_response(each) for each in one.made_of],
        left_out=one.left_out,
    )


def value_or_reason(value: Value) -> dict[str, Any]:
    match value:
        case Decimal():
            return {"value": value, "reason": None}
        case Undefined(reason=reason):
            return {"value": None, "reason": reason}
