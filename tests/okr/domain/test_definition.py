"""What a key result says of itself holds together, or is refused by name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from okr_service.domain.key_result import definition_refusals as refusals
from okr_service.domain.key_result.definition import define
from okr_service.domain.key_result.measures import Decrease, Increase
from okr_service.domain.key_result.refusals import MeasureIncomplete, MeasureUnsuited

from tests.okr.domain.examples import KPI_ID, a_cycle, definition

COURSE = a_cycle().facts.course
UP = {"baseline": 22, "target": 35}
DOWN = {"baseline": 35, "target": 22}
TWENTY_PERCENT = {"change": 20, "measured_in": "percent"}
GUARDS = tuple(UUID(int=number) for number in range(100, 121))


def point(on: str, value: int) -> dict[str, object]:
    return {"on": on, "value": value}


def test_a_whole_definition_holds_together():
    whole = definition(
        "increase",
        **UP,
        commit=30,
        stretch=40,
        curve=(point("2026-01-31", 25), point("2026-02-28", 25), point("2026-03-14", 35)),
        due_on="2026-03-15",
        kpi_id=KPI_ID,
        kpi_template="lead-conversion",
        guardrails=GUARDS[:20],
    )
    assert define(whole, COURSE) == Increase(Decimal(22), Decimal(35))


@pytest.mark.parametrize("commit", [23, 35])
def test_a_commitment_lies_on_the_way_up_to_the_target(commit):
    assert define(definition("increase", **UP, commit=commit), COURSE)


@pytest.mark.parametrize(
    ("metric", "way", "commit"),
    [
        ("increase", UP, 22),
        ("increase", UP, 36),
        ("increase", UP, 9),
        ("decrease", DOWN, 35),
        ("decrease", DOWN, 21),
    ],
)
def test_a_commitment_off_the_way_is_refused(metric, way, commit):
    with pytest.raises(refusals.CommitOffTheWay):
        define(definition(metric, **way, commit=commit), COURSE)


@pytest.mark.parametrize(
    ("metric", "way", "stretch"), [("increase", UP, 36), ("decrease", DOWN, 21)]
)
def test_a_stretch_lies_beyond_the_target(metric, way, stretch):
    assert define(definition(metric, **way, stretch=stretch), COURSE)


@pytest.mark.parametrize(
    ("metric", "way", "stretch"),
    [("increase", UP, 35), ("increase", UP, 30), ("decrease", DOWN, 22), ("decrease", DOWN, 30)],
)
def test_up_to_the_target_nothing_is_a_stretch(metric, way, stretch):
    with pytest.raises(refusals.StretchNotBeyondTarget):
        define(definition(metric, **way, stretch=stretch), COURSE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("commit", 1),
        ("stretch", 1),
        ("relative", TWENTY_PERCENT),
        ("curve", (point("2026-02-01", 1),)),
    ],
)
def test_only_what_goes_somewhere_has_marks_on_its_way(field, value):
    with pytest.raises(MeasureUnsuited) as refused:
        define(definition("stay_above", lower=10, **{field: value}), COURSE)
    assert refused.value.args == ("stay_above", field)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("due_on", {"due_on": "2026-04-01"}),
        ("due_on", {"due_on": "2025-12-31"}),
        ("curve", {"curve": (point("2025-12-31", 25),)}),
        ("curve", {"curve": (point("2026-04-01", 25),)}),
    ],
)
def test_what_is_due_is_due_within_the_cycle(field, fields):
    with pytest.raises(refusals.DayOutsideCycle) as refused:
        define(definition("increase", **UP, **fields), COURSE)
    assert refused.value.field == field


def test_milestones_are_due_within_the_cycle():
    steps = ({"name": "hired", "weight": 1, "due_on": "2026-04-01"},)
    with pytest.raises(refusals.DayOutsideCycle) as refused:
        define(definition("milestone", milestones=steps), COURSE)
    assert refused.value.args == ("milestones", date(2026, 4, 1))


@pytest.mark.parametrize(
    "curve",
    [
        (point("2026-02-01", 25), point("2026-02-01", 26)),
        (point("2026-02-01", 25), point("2026-01-15", 26)),
        (point("2026-03-15", 25),),
    ],
    ids=["twice a day", "back in time", "when it is due"],
)
def test_the_days_of_a_curve_come_one_after_the_other(curve):
    with pytest.raises(refusals.CurveNotInOrder):
        define(definition("increase", **UP, curve=curve, due_on="2026-03-15"), COURSE)


@pytest.mark.parametrize(
    ("metric", "way", "values"),
    [
        ("increase", UP, (25, 24)),
        ("increase", UP, (21, 24)),
        ("increase", UP, (25, 36)),
        ("decrease", DOWN, (25, 26)),
    ],
)
def test_a_curve_does_not_turn_round_or_leave_the_way(metric, way, values):
    curve = (point("2026-02-01", values[0]), point("2026-03-01", values[1]))
    with pytest.raises(refusals.CurveRunsBackwards):
        define(definition(metric, **way, curve=curve), COURSE)


def test_a_relative_target_has_no_measure_yet():
    terms = definition("decrease", relative={**TWENTY_PERCENT, "change": -20}, kpi_id=KPI_ID)
    assert define(terms, COURSE) is None


def test_a_resolved_one_has_both_forms():
    terms = definition(
        "decrease", **DOWN, relative={**TWENTY_PERCENT, "change": -20}, kpi_id=KPI_ID
    )
    assert define(terms, COURSE) == Decrease(Decimal(35), Decimal(22))


def test_a_relative_target_is_a_change_of_a_kpi():
    with pytest.raises(refusals.RelativeTargetWithoutKPI):
        define(definition("increase", relative=TWENTY_PERCENT), COURSE)


@pytest.mark.parametrize(("metric", "change"), [("increase", -1), ("increase", 0), ("decrease", 1)])
def test_it_changes_the_way_the_metric_goes(metric, change):
    terms = definition(metric, relative={**TWENTY_PERCENT, "change": change}, kpi_id=KPI_ID)
    with pytest.raises(refusals.RelativeChangeOnWrongSide):
        define(terms, COURSE)


@pytest.mark.parametrize(
    "fields", [{"commit": 30}, {"stretch": 40}, {"curve": (point("2026-02-01", 25),)}]
)
def test_nothing_rests_on_numbers_that_are_not_there_yet(fields):
    terms = definition("increase", relative=TWENTY_PERCENT, kpi_id=KPI_ID, **fields)
    with pytest.raises(refusals.RelativeTargetWithNumbers):
        define(terms, COURSE)


def test_half_a_resolution_is_none():
    terms = definition("increase", relative=TWENTY_PERCENT, kpi_id=KPI_ID, target=35)
    with pytest.raises(MeasureIncomplete):
        define(terms, COURSE)


def test_a_kpi_does_not_guard_what_it_moves():
    with pytest.raises(refusals.GuardrailIsOwnKPI):
        define(definition("increase", **UP, kpi_id=KPI_ID, guardrails=(KPI_ID,)), COURSE)


def test_a_kpi_guards_once():
    with pytest.raises(refusals.GuardrailsAlike):
        define(definition("increase", **UP, guardrails=(GUARDS[0], GUARDS[0])), COURSE)


def test_twenty_guardrails_are_enough():
    with pytest.raises(refusals.TooManyGuardrails):
        define(definition("increase", **UP, guardrails=GUARDS), COURSE)
