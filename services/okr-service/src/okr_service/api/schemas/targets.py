"""What a key result is measured against, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from helmlog_events.contracts.okr import CurvePoint, Milestone, RelativeTarget
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Title
from pydantic import Field

from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.measures import Decrease, Increase, measure_of
from okr_service.domain.key_result.relative import has_started
from okr_service.domain.sheet import KeyResultSheet

_DAY = timedelta(days=1)


class MilestoneModel(RequestModel):
    name: Title
    weight: Number
    due_on: date | None = None


class CurvePointModel(RequestModel):
    """Where it should stand at the end of a day."""

    on: date
    value: Number


class RelativeModel(RequestModel):
    """A target as a change of what its KPI was: "+20 % on the quarter before"."""

    change: Number
    measured_in: Literal["percent", "units"]
    basis: Literal["before_cycle", "year_before"] = Field(
        default="before_cycle",
        description="The KPI's last value before the cycle, or before the same day a year earlier.",
    )


class RelativeResponse(ResponseModel):
    """Both forms are kept: this one, and `baseline` and `target` once it is resolved."""

    change: Number
    measured_in: Literal["percent", "units"]
    basis: Literal["before_cycle", "year_before"]
    resolution: Literal["resolved", "cycle-not-started", "no-usable-basis"] = Field(
        description="Why there is no basis to be used, `explain` says."
    )
    basis_value: Number | None
    basis_observed_at: Instant | None


def as_milestones(steps: Sequence[MilestoneModel] | None) -> tuple[Milestone, ...]:
    return tuple(
        Milestone(name=step.name, weight=step.weight, due_on=step.due_on) for step in steps or ()
    )


def as_curve(points: Sequence[CurvePointModel] | None) -> tuple[CurvePoint, ...]:
    return tuple(CurvePoint(on=point.on, value=point.value) for point in points or ())


def as_relative(model: RelativeModel | None) -> RelativeTarget | None:
    if model is None:
        return None
    return RelativeTarget(change=model.change, measured_in=model.measured_in, basis=model.basis)


def target_fields(sheet: KeyResultSheet, cycle: Cycle, moment: datetime) -> dict[str, Any]:
    """The part of a key result's response that says how far it is to go, and by when."""
    definition, course = sheet.facts.definition, cycle.facts.course
    due_on = definition.due_on
    due_at = course.ends_at if due_on is None else course.end_of(due_on)
    return {
        "baseline": definition.baseline,
        "target": definition.target,
        "lower": definition.lower,
        "upper": definition.upper,
        "milestones": [
            MilestoneModel(name=step.name, weight=step.weight, due_on=step.due_on)
            for step in definition.milestones
        ],
        "commit": definition.commit,
        "stretch": definition.stretch,
        "relative": _relative(sheet, cycle, moment),
        "curve": [CurvePointModel(on=point.on, value=point.value) for point in definition.curve],
        "due_on": due_on,
        "commit_reached": _reached(sheet, definition.commit),
        "stretch_reached": _reached(sheet, definition.stretch),
        "days_left": max(0, -((moment - due_at) // _DAY)),
    }


def _relative(sheet: KeyResultSheet, cycle: Cycle, moment: datetime) -> RelativeResponse | None:
    relative, basis = sheet.facts.definition.relative, sheet.basis
    if relative is None:
        return None
    resolution: Literal["resolved", "cycle-not-started", "no-usable-basis"] = "no-usable-basis"
    if basis is not None:
        resolution = "resolved"
    elif not has_started(cycle, moment):
        resolution = "cycle-not-started"
    return RelativeResponse(
        change=relative.change,
        measured_in=relative.measured_in,
        basis=relative.basis,
        resolution=resolution,
        basis_value=None if basis is None else basis.value,
        basis_observed_at=None if basis is None else basis.observed_at,
    )


def _reached(sheet: KeyResultSheet, mark: Decimal | None) -> bool | None:
    value = None if sheet.current is None else sheet.current.value
    if mark is None or value is None:
        return None
    match measure_of(sheet.facts.definition):
        case Increase():
            return value >= mark
        case Decrease():
            return value <= mark
        case _:
            return None
