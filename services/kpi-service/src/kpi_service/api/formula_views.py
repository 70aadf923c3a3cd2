"""Formulas and lineages as they are shown."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from helmlog_events.contracts.kpi import KPIFormulaSet

from kpi_service.api.schemas.formulas import (
    FormulaResponse,
    InputLineageResponse,
    KPIFormulasResponse,
    LineageResponse,
    RecordedResponse,
    StepResponse,
)
from kpi_service.application.lineage import InputLineage, PeriodLineage
from kpi_service.domain.formula.evaluate import Undefined, Value
from kpi_service.domain.kpi.state import KPI


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
            StepResponse(expression=one.expression, **value_or_reason(one.value))
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
