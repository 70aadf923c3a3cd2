"""Why an objective shows what it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from helmlog_events.contracts.okr import (
    CycleClosed,
    CycleOpened,
    CycleRevised,
    CycleSettingsChanged,
    KeyResultGraded,
    ObjectiveCheckInRecorded,
    ObjectiveClosed,
    ObjectiveGraded,
)
from helmlog_events.envelope import RecordedEvent
from helmlog_events.values import plain

from okr_service.domain.aggregates import CYCLE, KEY_RESULT, OBJECTIVE
from okr_service.domain.arithmetic import subtract
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.explanation import Explained, Input
from okr_service.domain.key_result.expectation import expected_progress
from okr_service.domain.objective.histories import Histories, in_order, weighted_mean_formula
from okr_service.domain.objective.outcome import (
    ACHIEVED_FROM,
    derive_outcome,
    final_grade,
    part_grade,
    suggest_objective_grade,
)
from okr_service.domain.objective.state import Closed
from okr_service.domain.remark import Grade
from okr_service.domain.sheet import (
    KeyResultSheet,
    ObjectiveSheet,
    measure_objective,
    objective_standing,
)
from okr_service.domain.status import Measured, Standing, patience


class ObjectiveExplainer:
    """Of an objective as `sheet` shows it at `moment`; `histories` are its events and those of its
    key results and its cycle.
    """

    def __init__(
        self, sheet: ObjectiveSheet, cycle: Cycle, moment: datetime, histories: Histories
    ) -> None:
        self._sheet = sheet
        self._facts = sheet.objective.facts
        self._cycle = cycle
        self._moment = cycle.facts.course.clock(moment)
        self._histories = histories
        self._standing: Standing = objective_standing(sheet, cycle, moment)

    def explain(self) -> Sequence[Explained]:
        told = [self._progress(), self._expected_progress(), self._status(), self._grade()]
        return told if not isinstance(self._sheet.objective, Closed) else [*told, self._outcome()]

    def _progress(self) -> Explained:
        inputs = self._inputs(lambda part: None if part.current is None else part.current.progress)
        if self._sheet.counted:
            rule = "weighted_mean_of_key_results"
            formula = weighted_mean_formula(inputs, self._standing.progress)
        elif self._sheet.contributed is not None:
            rule, formula = "contributing_children", _contributed(self._sheet.contributed)
        else:
            rule, formula = "not_measured", "neither key results nor contributing children"
        if self._standing.progress is None and self._sheet.counted:
            rule, formula = "not_measured", "none of its key results was measured"
        return Explained(
            "progress",
            self._standing.progress,
            rule,
            formula,
            records=self._measurements(),
            parts=inputs,
        )

    def _expected_progress(self) -> Explained:
        course = self._cycle.facts.course
        measured = [part for part in self._sheet.counted if part.measured is not None]
        value = self._standing.expected_progress
        dates = self._histories.newest(
            CYCLE, self._cycle.facts.cycle_id, CycleOpened.event_type, CycleRevised.event_type
        )
        if not measured:
            since, until = _told(course.starts_at), _told(course.ends_at)
            formula = f"({_told(self._moment)} - {since}) / ({until} - {since}) = {plain(value)}"
            return Explained("expected_progress", value, "linear", formula, records=dates)
        inputs = self._inputs(
            lambda part: (
                None
                if part.measured is None
                else expected_progress(part.facts.definition, course, self._moment)
            )
        )
        definitions = [self._histories.definition(part.facts.key_result_id) for part in measured]
        return Explained(
            "expected_progress",
            value,
            "weighted_mean_of_key_results",
            weighted_mean_formula(inputs, value),
            records=in_order(dates, *definitions),
            parts=inputs,
        )

    def _status(self) -> Explained:
        rule = self._standing.status_rule
        formula, events = {
            "closed": self._closed,
            "outdated": self._outdated,
            "override": self._overridden,
            "computed": self._computed,
        }.get(rule, self._unmeasured)()
        return Explained("status", self._standing.status, rule, formula, records=events)

    def _closed(self) -> tuple[str, tuple[RecordedEvent, ...]]:
        own = self._newest(ObjectiveClosed.event_type)
        if own:
            return "the objective is closed", own
        cycle_id = self._cycle.facts.cycle_id
        ended = self._histories.newest(CYCLE, cycle_id, CycleClosed.event_type)
        return "the cycle is closed", ended

    def _outdated(self) -> tuple[str, tuple[RecordedEvent, ...]]:
        measured = measure_objective(self._sheet)
        heard = None if measured is None else measured.remarked(self._facts.remark).heard_at
        allowed = patience(self._cycle.facts.settings, self._facts.definition.cadence_days)
        said = "" if heard is None else _told(heard)
        formula = f"{_told(self._moment)} - {said} > {allowed.days} days"
        return formula, in_order(self._measurements(), self._check_in())

    def _overridden(self) -> tuple[str, tuple[RecordedEvent, ...]]:
        return "as its owner judged in the last check-in", self._check_in()

    def _computed(self) -> tuple[str, tuple[RecordedEvent, ...]]:
        settings = self._cycle.facts.settings
        progress = self._standing.progress or Decimal(0)
        expected = self._standing.expected_progress
        gap = plain(subtract(expected, progress))
        bounds = {
            "on_track": f"<= {plain(settings.on_track_gap)}",
            "behind": f"<= {plain(settings.behind_gap)}",
        }
        bound = bounds.get(self._standing.status, f"> {plain(settings.behind_gap)}")
        rules = self._histories.newest(
            CYCLE,
            self._cycle.facts.cycle_id,
            CycleOpened.event_type,
            CycleSettingsChanged.event_type,
        )
        formula = f"{plain(expected)} - {plain(progress)} = {gap} {bound}"
        return formula, in_order(rules, self._measurements())

    def _unmeasured(self) -> tuple[str, tuple[RecordedEvent, ...]]:
        return "nothing was measured", ()

    def _grade(self) -> Explained:
        objective, given = self._sheet.objective, self._facts.grade
        grade = final_grade(objective)
        suggested = suggest_objective_grade(self._sheet.counted, self._sheet.contributed)
        inputs = self._inputs(part_grade)
        contributed = self._sheet.contributed
        mean = weighted_mean_formula(inputs, suggested)
        if contributed is not None and not self._sheet.counted:
            mean = _contributed(contributed)
        told = self._newest(ObjectiveGraded.event_type) or self._newest(ObjectiveClosed.event_type)
        parts = [
            self._histories.newest(KEY_RESULT, part.facts.key_result_id, KeyResultGraded.event_type)
            for part in self._sheet.counted
        ]
        if given is not None and given.learned is not None and grade is None:
            return Explained("grade", None, "learned", given.learned, records=told)
        if grade is None:
            return Explained("grade", None, "not_graded", f"suggested: {mean}", parts=inputs)
        rule = "given" if given is not None and given.reason is not None else "suggested"
        formula = mean if given is None or given.reason is None else given.reason
        return Explained(
            "grade", grade, rule, formula, records=in_order(told, *parts), parts=inputs
        )

    def _outcome(self) -> Explained:
        closed = self._sheet.objective
        if not isinstance(closed, Closed):
            raise TypeError("only what is closed has an outcome")
        kind, grade = self._facts.definition.kind, final_grade(closed)
        bound = ACHIEVED_FROM.get(kind)
        if grade is None or bound is None:
            formula = closed.reason or "as it was closed"
        else:
            sign = ">=" if grade >= bound else "<"
            formula = f"{plain(grade)} {sign} {plain(bound)}, from which {kind} is achieved"
        events = self._newest(ObjectiveClosed.event_type)
        judged = self._facts.grade or Grade(closed.grade, None, None, closed.learned)
        rule = "derived" if derive_outcome(kind, judged) == closed.outcome else "given"
        return Explained("outcome", closed.outcome, rule, formula, records=events)

    def _inputs(self, value: Callable[[KeyResultSheet], Decimal | None]) -> tuple[Input, ...]:
        return tuple(
            Input(
                type="key_result",
                id=part.facts.key_result_id,
                title=part.facts.definition.title,
                value=value(part),
                weight=part.facts.definition.weight,
            )
            for part in self._sheet.counted
        )

    def _newest(self, event_type: str) -> tuple[RecordedEvent, ...]:
        return self._histories.newest(OBJECTIVE, self._facts.objective_id, event_type)

    def _measurements(self) -> tuple[RecordedEvent, ...]:
        """What its measured key results weigh, and what they came to."""
        groups = [
            (*self._histories.definition(key), *self._histories.measurement(key))
            for part in self._sheet.counted
            if part.measured is not None
            for key in [part.facts.key_result_id]
        ]
        return in_order(*groups)

    def _check_in(self) -> tuple[RecordedEvent, ...]:
        """The newest one, by the time it was about."""
        return self._histories.newest_observed(
            OBJECTIVE, self._facts.objective_id, ObjectiveCheckInRecorded
        )


def _contributed(measured: Measured) -> str:
    return f"what its children come to = {plain(measured.progress)}"


def _told(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
