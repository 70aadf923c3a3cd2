from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from helmlog_events.contracts.okr import KeyResultDefinition, KeyResultRevised

from okr_service.domain.cycle.guards import mark_work
from okr_service.domain.cycle.state import Planning
from okr_service.domain.key_result.commands import ReviseKeyResult
from okr_service.domain.key_result.definition import define, refuse_given_numbers
from okr_service.domain.key_result.events import KeyResultEvent
from okr_service.domain.key_result.guards import require_work
from okr_service.domain.key_result.line import MEASURED_BY
from okr_service.domain.key_result.measurement import Measurement
from okr_service.domain.key_result.measures import StayWithin
from okr_service.domain.key_result.readings import Reading
from okr_service.domain.key_result.refusals import (
    ObservedInFuture,
    OutsideCycle,
    RevisionBeforeLastLine,
    RevisionReachesTooFarBack,
)
from okr_service.domain.key_result.state import KeyResult, evolve_existing
from okr_service.domain.key_result.update import Observation, again, say

MOST_SAID_AGAIN: Final = 500
_FIELD: Final = "effective_from"


def revise(command: ReviseKeyResult, key_result: KeyResult) -> list[KeyResultEvent]:
    """The definition with what was changed, and what is known by now under the new line.

    Raises `CycleIsClosed`, `CycleNotClosed`, the refusals of `require_work`, of `define`, and of
    `effective_from`, or `RevisionReachesTooFarBack`.
    """
    marks = mark_work(command.cycle, late_correction=command.late_correction)
    require_work(key_result, command.objective, late_correction=command.late_correction)
    since = effective_from(command, key_result)
    before = key_result.facts.definition
    after = _changed(before, command)
    define(after, command.cycle.facts.course)
    if after == before:
        return []
    revised = KeyResultRevised(
        key_result_id=key_result.facts.key_result_id,
        objective_id=key_result.facts.objective_id,
        **marks,
        reason=command.reason,
        before=before,
        after=after,
        rebased=any(getattr(after, name) != getattr(before, name) for name in MEASURED_BY),
        effective_from=since,
    )
    if not revised.rebased:
        return [revised]
    return [revised, *_under_new_line(command, key_result, revised, since)]


def effective_from(command: ReviseKeyResult, key_result: KeyResult) -> datetime:
    """Since when the revision holds: a plan from its beginning, anything else from now on.

    Raises `OutsideCycle`, `ObservedInFuture` or `RevisionBeforeLastLine` for a moment given.
    """
    course, last = command.cycle.facts.course, key_result.revised_at
    given = command.effective_from
    if given is None:
        planned = isinstance(command.cycle, Planning)
        at = course.defined_at(command.at) if planned else course.ended_at(command.at)
        return at if last is None else max(at, last)
    if not course.contains(given):
        raise OutsideCycle(given, _FIELD)
    if given > command.at:
        raise ObservedInFuture(given, _FIELD)
    if last is not None and given < last:
        raise RevisionBeforeLastLine(given, last)
    return given


def _changed(before: KeyResultDefinition, command: ReviseKeyResult) -> KeyResultDefinition:
    changes = {
        name: value for name, value in command.changes.items() if value != getattr(before, name)
    }
    after = before.model_copy(update=changes)
    refuse_given_numbers(after, frozenset({"baseline", "target"} & changes.keys()))
    if after.relative is not None and {"relative", "kpi_id"} & changes.keys():
        # Another change, or one of another KPI: its numbers are yet to be found.
        return after.model_copy(update={"baseline": None, "target": None})
    return after


def _under_new_line(
    command: ReviseKeyResult, key_result: KeyResult, revised: KeyResultRevised, since: datetime
) -> list[KeyResultEvent]:
    state = evolve_existing(key_result, [revised])
    known = _by_moment(command.said or _current(key_result))
    moments = [since, *(mark.moment for mark in state.marks if mark.moment > since)]
    observations = [
        _revised(measurement, state, at, command.version)
        for measurement, at in _from(known, moments)
    ]
    if len(observations) > MOST_SAID_AGAIN:
        raise RevisionReachesTooFarBack(len(observations), MOST_SAID_AGAIN)
    readings = state.readings
    if isinstance(state.measure, StayWithin):
        told = [Reading(one.observed_at, one.value) for one in known if one.value is not None]
        readings = readings.under(state.measure).including(told)
    late = command.late_correction
    return [*say(observations, state, command.cycle, readings, late_correction=late)]


def _revised(
    measurement: Measurement, key_result: KeyResult, at: datetime, version: int
) -> Observation:
    return again(measurement, key_result, at, source="revision", cause=f"revision/{version}")


def _current(key_result: KeyResult) -> tuple[Measurement, ...]:
    return () if key_result.current is None else (key_result.current,)


def _by_moment(said: Iterable[Measurement]) -> list[Measurement]:
    """In the order they were true, of each moment what was told last."""
    newest = {measurement.observed_at: measurement for measurement in said}
    return [newest[moment] for moment in sorted(newest)]


def _from(known: list[Measurement], moments: list[datetime]) -> list[tuple[Measurement, datetime]]:
    """What held at each of the moments, said then; and everything after the first, at its own."""
    found = [(one, one.observed_at) for one in known if one.observed_at >= moments[0]]
    for moment in moments:
        earlier = [one for one in known if one.observed_at <= moment]
        if earlier and earlier[-1].observed_at < moment:
            found.append((earlier[-1], moment))
    return sorted(found, key=lambda one: one[1])
