"""How far a key result is, how far it should be, and what there is to reach."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, assert_never

from helmlog_events.contracts.okr import KeyResultTargetResolved
from helmlog_events.envelope import RecordedEvent
from helmlog_events.values import plain

from okr_service.domain.arithmetic import divide, microseconds
from okr_service.domain.course import Course
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.explanation import Explained, Value, chosen, difference, shown
from okr_service.domain.key_result.evidence import Evidence, told_by
from okr_service.domain.key_result.measurement import Measurement
from okr_service.domain.key_result.measures import Decrease, Increase, Milestones, StayWithin
from okr_service.domain.key_result.readings import time_inside
from okr_service.domain.key_result.relative import Numbers, has_started, resolve
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.status import Standing

_SECOND: Final = timedelta(seconds=1)


def explain_progress(key_result: KeyResult, evidence: Evidence) -> Explained:
    told, causes = told_by(evidence)
    records = (*chosen(evidence.key_result, "definition"), *told)
    current = key_result.current
    if current is None:
        return Explained("progress", None, "not_measured", records=records)
    fraction, inputs = _fraction(key_result, current)
    formula = f"{fraction} = {shown(current.progress_raw)}"
    if current.progress_raw != current.progress:
        formula += f", shown as {shown(current.progress)}"
    return Explained(
        "progress",
        current.progress,
        current.progress_rule or key_result.facts.definition.metric,
        formula,
        inputs,
        records,
        causes,
    )


def _fraction(key_result: KeyResult, current: Measurement) -> tuple[str, dict[str, Value]]:
    measure, value = key_result.measure, current.value
    match measure:
        case Increase(baseline, target) if value is not None:
            fraction = f"({difference(value, baseline)}) / ({difference(target, baseline)})"
            return fraction, {"value": value, "baseline": baseline, "target": target}
        case Decrease(baseline, target) if value is not None:
            fraction = f"({difference(baseline, value)}) / ({difference(baseline, target)})"
            return fraction, {"value": value, "baseline": baseline, "target": target}
        case Milestones(steps):
            done = [plain(step.weight) for step in steps if step.name in current.done]
            weights = " + ".join(plain(step.weight) for step in steps)
            inputs: dict[str, Value] = {step.name: step.weight for step in steps}
            return f"({' + '.join(done) or '0'}) / ({weights})", inputs
        case StayWithin():
            return _share(key_result, current, measure)
        case Increase() | Decrease() | None:
            raise TypeError("what is measured has a measure and a value")
        case _ as unreachable:
            assert_never(unreachable)


def _share(
    key_result: KeyResult, current: Measurement, band: StayWithin
) -> tuple[str, dict[str, Value]]:
    readings, until = key_result.readings.under(band), current.observed_at
    tally = readings.until(until)
    if tally is None:
        raise TypeError("what is measured has a reading")
    inputs: dict[str, Value] = {"lower": band.lower, "upper": band.upper, "readings": tally.number}
    if current.progress_rule == "share_of_readings":
        return f"{tally.inside} / {tally.number} readings", inputs
    inside, whole = time_inside(readings, until)
    if not whole:
        return "1 / 1 readings" if tally.holds else "0 / 1 readings", inputs
    return f"{_seconds(inside)} s / {_seconds(whole)} s", inputs


def _seconds(span: timedelta) -> str:
    return shown(divide(microseconds(span), microseconds(_SECOND)))


def explain_expected(
    key_result: KeyResult,
    cycle: Cycle,
    moment: datetime,
    standing: Standing,
    records: tuple[RecordedEvent, ...],
) -> Explained:
    definition, course = key_result.facts.definition, cycle.facts.course
    now = course.clock(moment)
    inputs: dict[str, Value] = {"moment": shown(now), "starts_at": shown(course.starts_at)}
    formula = None
    if any(step.due_on is not None for step in definition.milestones):
        rule = "milestones_due"
        inputs |= {step.name: str(step.due_on or "the end") for step in definition.milestones}
    elif definition.curve and isinstance(key_result.measure, Increase | Decrease):
        rule = "curve"
        inputs |= {str(point.on): point.value for point in definition.curve}
    else:
        rule, due = "linear", _due_at(key_result, course)
        inputs["due_at"] = shown(due)
        elapsed, whole = (now - course.starts_at) / _SECOND, (due - course.starts_at) / _SECOND
        formula = f"{elapsed:.0f} s / {whole:.0f} s = {shown(standing.expected_progress)}"
    return Explained(
        "expected_progress", standing.expected_progress, rule, formula, inputs, records
    )


def _due_at(key_result: KeyResult, course: Course) -> datetime:
    due_on = key_result.facts.definition.due_on
    return course.ends_at if due_on is None else course.end_of(due_on)


def explain_relative(
    key_result: KeyResult,
    cycle: Cycle,
    moment: datetime,
    found: Decimal | None,
    evidence: Evidence,
) -> Explained:
    """The target of a relative one; or why there is none, `found` being its KPI's value."""
    definition = key_result.facts.definition
    records = chosen(evidence.key_result, "definition", "basis")
    if definition.relative is None:
        raise ValueError("only a relative target is explained so")
    relative, basis = definition.relative, key_result.basis
    inputs: dict[str, Value] = {"change": relative.change, "measured_in": relative.measured_in}
    if basis is None:
        rule = "cycle-not-started"
        if has_started(cycle, moment):
            outcome = resolve(definition, found, cycle.facts.course)
            rule = "waiting" if isinstance(outcome, Numbers) else outcome
        return Explained("target", None, rule, None, inputs | {"basis": found}, records)
    change = shown(relative.change)
    way = f"{shown(basis.value)} * {change} / 100" if relative.measured_in == "percent" else change
    target = definition.target
    formula = None if target is None else f"{shown(basis.value)} + {way} = {shown(target)}"
    inputs |= {"basis": basis.value, "basis_observed_at": shown(basis.observed_at)}
    resolved = evidence.key_result.get("basis")
    causes: tuple[str, ...] = ()
    if resolved is not None and isinstance(resolved.event, KeyResultTargetResolved):
        causes = (resolved.event.cause,)
    return Explained("target", target, relative.basis, formula, inputs, records, causes)
