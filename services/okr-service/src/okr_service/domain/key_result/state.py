from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, assert_never
from uuid import UUID

from helmlog_events.contracts.okr import (
    CheckInAcknowledged,
    CheckInDue,
    CheckInRecorded,
    GuardrailBreached,
    GuardrailRecovered,
    KeyResultAdded,
    KeyResultCancelled,
    KeyResultDefinition,
    KeyResultGraded,
    KeyResultMoved,
    KeyResultRevised,
    KeyResultTargetResolved,
    KeyResultUpdated,
)

from okr_service.domain.definitions import part_of
from okr_service.domain.key_result.events import KeyResultEvent
from okr_service.domain.key_result.line import Line, fits, line_at
from okr_service.domain.key_result.measurement import Measurement, measurement_of
from okr_service.domain.key_result.measures import Measure, StayWithin, measure_of
from okr_service.domain.key_result.parts import (
    Basis,
    Breach,
    KnownCheckIn,
    Mark,
    measured,
    with_mark,
)
from okr_service.domain.key_result.readings import Reading, Readings
from okr_service.domain.remark import Grade, Remark, newer

NO_READINGS: Final = Readings(StayWithin(None, None))


@dataclass(frozen=True, slots=True)
class KeyResultFacts:
    key_result_id: UUID
    objective_id: UUID
    cycle_id: UUID
    definition: KeyResultDefinition
    derived_from: UUID | None = None
    external_key: str | None = None


@dataclass(frozen=True, slots=True)
class NoKeyResult:
    """Nothing was added under this id."""


@dataclass(frozen=True, slots=True)
class KeyResult:
    """`current` is the newest measurement by the time it was true, whenever it was recorded.

    `lines` are all it was measured by; of the last one `measure` is none while a relative target
    waits for its KPI, and `basis` what it was resolved on. `readings` are kept only where
    the measure looks back at all of them. `breaches` are those of guardrails that are open,
    by KPI. `cancelled` is the reason. `reminded_of` is the last instant a check-in was said to be
    due. `revised_at` is since when the last revision holds. `marks` are in order.
    """

    facts: KeyResultFacts
    lines: tuple[Line, ...]
    current: Measurement | None = None
    remark: Remark | None = None
    readings: Readings = NO_READINGS
    check_ins: Mapping[UUID, KnownCheckIn] = field(default_factory=dict)
    breaches: Mapping[UUID, Breach] = field(default_factory=dict)
    basis: Basis | None = None
    grade: Grade | None = None
    cancelled: str | None = None
    reminded_of: datetime | None = None
    revised_at: datetime | None = None
    marks: tuple[Mark, ...] = ()

    @property
    def measure(self) -> Measure | None:
        return self.lines[-1].measure

    def line_at(self, moment: datetime) -> Line:
        return line_at(self.lines, moment)

    @property
    def said_at(self) -> datetime | None:
        """The last moment for which any value was said."""
        moments = [mark.moment for mark in self.marks[-1:]]
        return max([*moments, *([self.current.observed_at] if self.current else [])], default=None)

    @property
    def heard_at(self) -> datetime | None:
        """When it was last heard of, by a measurement or by words."""
        moments = [told.observed_at for told in (self.current, self.remark) if told is not None]
        return max(moments, default=None)

    def moved_by(self, measurement: Measurement) -> bool:
        """Whether it becomes current: told last of the newest moment, and of what is measured."""
        return fits(self.measure, measurement.value) and (
            self.current is None or measurement.observed_at >= self.current.observed_at
        )


KeyResultState = NoKeyResult | KeyResult


def initial_state() -> KeyResultState:
    return NoKeyResult()


def evolve(state: KeyResultState, event: KeyResultEvent) -> KeyResultState:
    if isinstance(event, KeyResultAdded):
        facts = _facts(event)
        return KeyResult(facts, (_line(None, facts.definition),))
    if isinstance(state, NoKeyResult):
        raise TypeError("the stream of a key result begins with KeyResultAdded")
    match event:
        case KeyResultUpdated():
            return _updated(state, event)
        case CheckInRecorded():
            return _checked_in(state, event)
        case CheckInAcknowledged():
            known = replace(state.check_ins[event.check_in_id], acknowledged=True)
            return replace(state, check_ins={**state.check_ins, event.check_in_id: known})
        case CheckInDue():
            return replace(state, reminded_of=event.due_at)
        case KeyResultRevised():
            return _revised(state, event)
        case KeyResultTargetResolved():
            return _resolved(state, event)
        case KeyResultMoved():
            return replace(state, facts=replace(state.facts, objective_id=event.objective_id))
        case KeyResultCancelled():
            return replace(state, cancelled=event.reason)
        case KeyResultGraded():
            given = Grade(event.grade, event.suggested, event.reason, event.learned)
            return replace(state, grade=given)
        case GuardrailBreached():
            breach = Breach(event.breach_id, event.severity)
            return replace(state, breaches={**state.breaches, event.kpi_id: breach})
        case GuardrailRecovered():
            open_ones = {k: v for k, v in state.breaches.items() if k != event.kpi_id}
            return replace(state, breaches=open_ones)
        case _ as unreachable:
            assert_never(unreachable)


def evolve_existing(state: KeyResult, events: Sequence[KeyResultEvent]) -> KeyResult:
    """A key result that is there stays one."""
    for event in events:
        evolved = evolve(state, event)
        if isinstance(evolved, NoKeyResult):
            raise TypeError("no event takes a key result away")
        state = evolved
    return state


def remark_of(event: CheckInRecorded) -> Remark:
    return Remark(event.observed_at, event.confidence, event.narrative, event.status)


def _facts(event: KeyResultAdded) -> KeyResultFacts:
    return KeyResultFacts(
        key_result_id=event.key_result_id,
        objective_id=event.objective_id,
        cycle_id=event.cycle_id,
        definition=part_of(event, KeyResultDefinition),
        derived_from=event.derived_from,
        external_key=event.external_key,
    )


def _line(since: datetime | None, definition: KeyResultDefinition) -> Line:
    return Line(since, definition, measure_of(definition))


def _revised(state: KeyResult, event: KeyResultRevised) -> KeyResult:
    if event.rebased:
        lines = (*state.lines, _line(event.effective_from, event.after))
    else:
        lines = (*state.lines[:-1], _line(state.lines[-1].since, event.after))
    since, current, marks = event.effective_from, state.current, state.marks
    if since is not None and event.rebased:
        marks = with_mark(marks, since)
        marks = marks if current is None else measured(marks, current.observed_at)
    state = replace(state, revised_at=since or state.revised_at, marks=marks)
    return _defined(state, lines, state.basis if event.after.target is not None else None)


def _resolved(state: KeyResult, event: KeyResultTargetResolved) -> KeyResult:
    numbers = {"baseline": event.baseline, "target": event.target}
    last = _line(state.lines[-1].since, state.facts.definition.model_copy(update=numbers))
    basis = Basis(event.basis, event.basis_observed_at)
    return _defined(state, (*state.lines[:-1], last), basis)


def _defined(state: KeyResult, lines: tuple[Line, ...], basis: Basis | None) -> KeyResult:
    """What no longer fits is let go: a value that means nothing now, breaches of no guardrail."""
    last, current = lines[-1], state.current
    guardrails = last.definition.guardrails
    return replace(
        state,
        facts=replace(state.facts, definition=last.definition),
        lines=lines,
        basis=basis,
        current=current if current is not None and fits(last.measure, current.value) else None,
        breaches={kpi: breach for kpi, breach in state.breaches.items() if kpi in guardrails},
    )


def _checked_in(state: KeyResult, event: CheckInRecorded) -> KeyResult:
    known = dict(state.check_ins)
    known[event.check_in_id] = KnownCheckIn(event.observed_at, event.author)
    if event.corrects is not None:
        corrected = known[event.corrects]
        known[event.corrects] = replace(corrected, corrected_by=event.check_in_id)
    return replace(state, check_ins=known, remark=newer(state.remark, remark_of(event)))


def _updated(state: KeyResult, event: KeyResultUpdated) -> KeyResult:
    measurement = measurement_of(event)
    marks = state.marks if event.valid_from is None else with_mark(state.marks, event.valid_from)
    readings = state.readings
    if isinstance(state.measure, StayWithin) and event.value is not None:
        reading = Reading(event.observed_at, event.value)
        readings = readings.under(state.measure).including([reading])
    return replace(
        state,
        current=measurement if state.moved_by(measurement) else state.current,
        marks=measured(marks, event.observed_at),
        readings=readings,
    )
