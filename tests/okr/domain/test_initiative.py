from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from helmlog_events.contracts.okr import (
    InitiativeCancelled,
    InitiativeDefinition,
    InitiativeFinished,
    InitiativePlanned,
    InitiativeResumed,
    InitiativeRevised,
    InitiativeStarted,
    KeyResultCancelled,
    KeyResultMoved,
)
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain.cycle.refusals import CycleIsClosed
from okr_service.domain.initiative import commands, refusals
from okr_service.domain.initiative.decide import decide
from okr_service.domain.initiative.sheet import InitiativeSheet, summarise
from okr_service.domain.initiative.state import evolve, initial_state, state_name
from okr_service.domain.objective.refusals import ObjectiveIsClosed

from tests.okr.domain.examples import (
    CYCLE_ID,
    END,
    KEY_RESULT_ID,
    OBJECTIVE_ID,
    START,
    a_cycle,
    a_key_result,
    accepted,
    activated,
    added,
    an_objective,
    closed,
    drafted,
    objective_closed,
    opened,
    proposed,
    reopened,
    review_started,
)

INITIATIVE_ID = UUID(int=6)
spec = DeciderTest(decide, evolve, initial_state())
definition = InitiativeDefinition(title="A fair on the quay", effort=Decimal(5), owner="ann")
purpose = commands.Purpose(a_key_result(added()), an_objective(), a_cycle())
work = {
    "initiative_id": INITIATIVE_ID,
    "key_result_id": KEY_RESULT_ID,
    "objective_id": OBJECTIVE_ID,
    "cycle_id": CYCLE_ID,
}
planned = InitiativePlanned(**work, title="A fair on the quay", effort=Decimal(5), owner="ann")
started = InitiativeStarted(**work)
finished = InitiativeFinished(**work, effort_spent=Decimal(7))
cancelled = InitiativeCancelled(**work, reason="no quay")
resumed = InitiativeResumed(**work, reason="a new quay")

plan = commands.PlanInitiative(INITIATIVE_ID, purpose, definition)
start = commands.StartInitiative(INITIATIVE_ID, purpose)
finish = commands.FinishInitiative(INITIATIVE_ID, purpose, Decimal(7))
cancel = commands.CancelInitiative(INITIATIVE_ID, purpose, "no quay")
resume = commands.ResumeInitiative(INITIATIVE_ID, purpose, "a new quay")
revise = commands.ReviseInitiative(
    INITIATIVE_ID,
    purpose,
    definition.model_copy(update={"title": "Two fairs"}),
    "one is not enough",
)
steps = [start, finish, cancel, resume, revise]


def named(*history):
    state = initial_state()
    for event in history:
        state = evolve(state, event)
    return state_name(state)


def test_an_initiative_is_planned_started_and_finished():
    spec.given().when(plan).then(planned)
    spec.given(planned).when(start).then(started)
    spec.given(planned, started).when(finish).then(finished)


def test_work_may_be_noted_down_when_it_is_done():
    spec.given(planned).when(finish).then(finished)


@pytest.mark.parametrize("history", [(planned,), (planned, started)])
def test_an_initiative_is_cancelled_with_a_reason(history):
    spec.given(*history).when(cancel).then(cancelled)


def test_a_revision_keeps_what_it_said_before():
    after = revise.definition
    revised = InitiativeRevised(**work, reason=revise.reason, before=definition, after=after)
    spec.given(planned).when(revise).then(revised)


@pytest.mark.parametrize(
    ("over", "state"),
    [
        ((planned, started, finished), "started"),
        ((planned, started, cancelled), "started"),
        ((planned, cancelled), "planned"),
    ],
)
def test_what_was_over_too_early_goes_on_where_it_was(over, state):
    spec.given(*over).when(resume).then(resumed)
    assert named(*over, resumed) == state


@pytest.mark.parametrize(
    ("history", "step"),
    [
        ((planned,), plan),
        ((planned, started), start),
        ((planned, finished), finish),
        ((planned, cancelled), cancel),
        ((planned,), resume),
        ((planned,), commands.ReviseInitiative(INITIATIVE_ID, purpose, definition, "the same")),
    ],
)
def test_asked_twice_a_step_is_done_once(history, step):
    spec.given(*history).when(step).then_nothing()


@pytest.mark.parametrize(
    ("over", "step"),
    [
        ((planned, finished), start),
        ((planned, finished), cancel),
        ((planned, finished), revise),
        ((planned, cancelled), start),
        ((planned, cancelled), finish),
        ((planned, cancelled), revise),
    ],
)
def test_what_is_over_is_resumed_first(over, step):
    refusal = refusals.InitiativeIsOver(INITIATIVE_ID)
    spec.given(*over).when(step).then_refused(refusal)


@pytest.mark.parametrize("step", steps)
def test_no_step_without_an_initiative(step):
    spec.given().when(step).then_refused(refusals.UnknownInitiative(INITIATIVE_ID))


@pytest.mark.parametrize("effort", [Decimal(0), Decimal(-1)])
def test_planned_work_takes_some_effort(effort):
    nothing = definition.model_copy(update={"effort": effort})
    refusal = refusals.EffortNotPositive(effort)
    spec.given().when(commands.PlanInitiative(INITIATIVE_ID, purpose, nothing)).then_refused(
        refusal
    )
    revision = commands.ReviseInitiative(INITIATIVE_ID, purpose, nothing, "why not")
    spec.given(planned).when(revision).then_refused(refusal)


def test_effort_that_was_spent_is_not_less_than_none():
    less = commands.FinishInitiative(INITIATIVE_ID, purpose, Decimal(-1))
    spec.given(planned).when(less).then_refused(refusals.EffortSpentNegative(Decimal(-1)))


@pytest.mark.parametrize("due_on", [date(2025, 12, 31), date(2026, 4, 1)])
def test_work_is_due_within_its_cycle(due_on):
    late = definition.model_copy(update={"due_on": due_on})
    refusal = refusals.InitiativeDueOutsideCycle(due_on)
    spec.given().when(commands.PlanInitiative(INITIATIVE_ID, purpose, late)).then_refused(refusal)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"cycle": a_cycle(opened, activated, review_started, closed)}, CycleIsClosed(CYCLE_ID)),
        (
            {"objective": an_objective(drafted, proposed, accepted, objective_closed)},
            ObjectiveIsClosed(OBJECTIVE_ID),
        ),
        (
            {
                "key_result": a_key_result(
                    added(),
                    KeyResultCancelled(
                        key_result_id=KEY_RESULT_ID,
                        objective_id=OBJECTIVE_ID,
                        cycle_id=CYCLE_ID,
                        reason="not pursued",
                    ),
                )
            },
            refusals.PlannedForCancelledKeyResult(KEY_RESULT_ID),
        ),
    ],
)
def test_no_work_goes_into_what_is_over(changed, refusal):
    known = {
        "key_result": purpose.key_result,
        "objective": purpose.objective,
        "cycle": purpose.cycle,
    }
    over = commands.Purpose(**{**known, **changed})
    spec.given().when(commands.PlanInitiative(INITIATIVE_ID, over, definition)).then_refused(
        refusal
    )
    spec.given(planned).when(commands.StartInitiative(INITIATIVE_ID, over)).then_refused(refusal)


def test_what_comes_after_a_reopening_is_marked_so():
    again = commands.Purpose(
        purpose.key_result,
        purpose.objective,
        a_cycle(opened, activated, review_started, closed, reopened),
    )
    marked = started.model_copy(update={"after_reopening": True})
    spec.given(planned).when(commands.StartInitiative(INITIATIVE_ID, again)).then(marked)


def test_work_follows_its_key_result_to_another_objective():
    other = UUID(int=77)
    gone = KeyResultMoved.model_validate(
        {
            "key_result_id": KEY_RESULT_ID,
            "cycle_id": CYCLE_ID,
            "objective_id": other,
            "from_objective_id": OBJECTIVE_ID,
            "reason": "it fits better",
        }
    )
    there = commands.Purpose(a_key_result(added(), gone), purpose.objective, purpose.cycle)
    moved = started.model_copy(update={"objective_id": other})
    spec.given(planned).when(commands.StartInitiative(INITIATIVE_ID, there)).then(moved)


def test_work_is_overdue_after_its_day_unless_it_is_over():
    course = purpose.cycle.facts.course
    due = planned.model_copy(update={"due_on": date(2026, 1, 10)})
    going = InitiativeSheet(evolve(initial_state(), due), 1)
    assert not going.is_overdue(course, START + timedelta(days=9))
    assert going.is_overdue(course, START + timedelta(days=10))
    done = InitiativeSheet(evolve(going.initiative, finished), 2)
    assert not done.is_overdue(course, END)


def test_effort_is_summed_by_its_unit_without_what_was_cancelled():
    points = planned.model_copy(update={"effort": Decimal("0.5"), "effort_unit": "points"})
    histories = [(planned, finished), (planned, started), (planned, cancelled), (points,)]
    states = []
    for history in histories:
        state = initial_state()
        for event in history:
            state = evolve(state, event)
        states.append(state)
    summary = summarise(states)
    assert summary.counts == {"finished": 1, "started": 1, "cancelled": 1, "planned": 1}
    assert summary.effort == {"person_days": Decimal(10), "points": Decimal("0.5")}
    assert summary.effort_spent == {"person_days": Decimal(7)}
