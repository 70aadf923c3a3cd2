from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from helmlog_events.contracts.okr import KeyResultDefinition, Metric
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel
from helmlog_web.text import Name, Reason, Slug, Title
from pydantic import Field

from okr_service.api.schemas.targets import (
    CurvePointModel,
    MilestoneModel,
    RelativeModel,
    as_curve,
    as_milestones,
    as_relative,
)


class KeyResultRequest(RequestModel):
    """`increase` and `decrease` need `baseline` and `target`, or a `relative` target and a KPI;
    `stay_above` needs `lower`, `stay_below` `upper`, `stay_within` both; `milestone` needs
    `milestones`.
    """

    title: Title
    metric: Metric
    baseline: Number | None = None
    target: Number | None = None
    lower: Number | None = None
    upper: Number | None = None
    milestones: tuple[MilestoneModel, ...] = Field(default=(), max_length=100)
    commit: Number | None = Field(default=None, description="What is promised, up to the target.")
    stretch: Number | None = Field(default=None, description="What is hoped for, beyond it.")
    relative: RelativeModel | None = None
    curve: tuple[CurvePointModel, ...] = Field(default=(), max_length=100)
    due_on: date | None = Field(default=None, description="Inclusive; the cycle's end, if none.")
    unit: Name | None = None
    rate: Name | None = None
    weight: Number = Field(default=1, validate_default=True)
    kpi_id: UUID | None = None
    kpi_template: Slug | None = None
    guardrails: tuple[UUID, ...] = Field(
        default=(), max_length=100, description="KPIs that must not be in breach."
    )
    owner: Name | None = None

    def definition(self) -> KeyResultDefinition:
        return KeyResultDefinition(**given_fields(self, frozenset(type(self).model_fields)))


class KeyResultPatch(RequestModel):
    """A JSON merge patch: what is left out stays, null takes away; lists and `relative` are
    replaced as a whole.
    """

    title: Title = Field(default_factory=str)
    metric: Metric = Field(default_factory=lambda: "increase")
    baseline: Number | None = None
    target: Number | None = None
    lower: Number | None = None
    upper: Number | None = None
    milestones: tuple[MilestoneModel, ...] | None = Field(default=None, max_length=100)
    commit: Number | None = None
    stretch: Number | None = None
    relative: RelativeModel | None = None
    curve: tuple[CurvePointModel, ...] | None = Field(default=None, max_length=100)
    due_on: date | None = None
    unit: Name | None = None
    rate: Name | None = None
    weight: Number = Field(default_factory=Decimal)
    kpi_id: UUID | None = None
    kpi_template: Slug | None = None
    guardrails: tuple[UUID, ...] | None = Field(default=None, max_length=100)
    owner: Name | None = None
    reason: Reason
    effective_from: Instant | None = Field(
        default=None, description="Since when it holds, within the cycle; now, if left out."
    )
    late_correction: bool = Field(
        default=False, description="Needed where the cycle is closed, and only there."
    )

    def changes(self) -> dict[str, Any]:
        """The fields of the definition that are given."""
        return given_fields(self, self.model_fields_set & KeyResultDefinition.model_fields.keys())


def given_fields(body: RequestModel, names: Iterable[str]) -> dict[str, Any]:
    """Those fields of a definition, as it holds them."""
    fields = {name: getattr(body, name) for name in names}
    for name, convert in _PARTS.items():
        if name in fields:
            fields[name] = convert(fields[name])
    return fields


_PARTS: Final[dict[str, Callable[[Any], Any]]] = {
    "milestones": as_milestones,
    "curve": as_curve,
    "relative": as_relative,
    "guardrails": lambda guardrails: guardrails or (),
}


class MoveKeyResultRequest(RequestModel):
    objective_id: UUID
    reason: Reason


class CancelKeyResultRequest(RequestModel):
    reason: Reason


class GradeKeyResultRequest(RequestModel):
    grade: Number | None = Field(
        default=None, description="0 to 1; what progress suggests, if left out."
    )
    reason: Reason | None = Field(default=None, description="Why it differs from the suggestion.")
    learned: Reason | None = Field(
        default=None, description="Needed under a learning objective, which has no number."
    )
    late_correction: bool = Field(
        default=False, description="Needed where the cycle is closed, and only there."
    )
