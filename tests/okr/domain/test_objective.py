from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from helmlog_events.contracts.okr import KeyResultAttached, ObjectiveClosed, ObjectiveDefinition
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain.cycle.refusals import CycleIsClosed
from okr_service.domain.definitions import part_of
from okr_service.domain.objective import decide as commands
from okr_service.domain.objective import refusals
from okr_service.domain.objective.decide import decide
from okr_service.domain.objective.state import evolve, initial_state

from tests.okr.domain.examples import (
    CYCLE_ID,
    KEY_RESULT_ID,
    OBJECTIVE_ID,
    a_cycle,
    accepted,
    activated,
    assigned,
    closed,
    declined,
    drafted,
    objective_closed,
    opened,
    proposed,
    reopened,
    review_started,
)

spec = DeciderTest(decide, evolve, initial_state())
running = a_cycle()
over = a_cycle(opened, activated, review_started, closed)

draft = commands.DraftObjective(
    OBJECTIVE_ID,
    running,
    part_of(drafted, ObjectiveDefinition),
    "proposed",
)
propose = commands.ProposeObjective(OBJECTIVE_ID, running)
accept = commands.AcceptObjective(OBJECTIVE_ID, running)
decline = commands.DeclineObjective(OBJECTIVE_ID, running, "not now")
achieve = commands.CloseObjective(OBJECTIVE_ID, running, "achieved")
cancel = commands.CloseObjective(OBJECTIVE_ID, running, "cancelled", "the market is gone")
attach = commands.AttachKeyResult(OBJECTIVE_ID, running, KEY_RESULT_ID)
attached = KeyResultAttached(
    objective_id=OBJECTIVE_ID, cycle_id=CYCLE_ID, key_result_id=KEY_RESULT_ID
)
cancelled = ObjectiveClosed(
    objective_id=OBJECTIVE_ID, cycle_id=CYCLE_ID, outcome="cancelled", reason="the market is gone"
)


def test_an_objective_is_drafted():
    spec.given().when(draft).then(drafted)


def test_planning_does_not_wait_for_the_cycle_to_be_active():
    planned = commands.ProposeObjective(OBJECTIVE_ID, a_cycle(opened))
    spec.given(drafted).when(planned).then(proposed)


def test_a_draft_is_proposed():
    spec.given(drafted).when(propose).then(proposed)


def test_a_proposal_is_accepted():
    spec.given(drafted, proposed).when(accept).then(accepted)


def test_a_proposal_is_declined_with_a_reason():
    spec.given(drafted, proposed).when(decline).then(declined)


def test_what_was_assigned_is_accepted_without_a_proposal():
    spec.given(assigned).when(accept).then(accepted)


@pytest.mark.parametrize("step", [accept, decline])
def test_a_draft_is_proposed_before_it_is_judged(step: commands.ObjectiveStep):
    spec.given(drafted).when(step).then_refused(refusals.ObjectiveNotProposed(OBJECTIVE_ID))


def test_a_declined_objective_may_be_proposed_again():
    spec.given(drafted, proposed, declined).when(propose).then(proposed)


def test_a_declined_objective_is_not_accepted_unless_proposed_again():
    given = spec.given(drafted, proposed, declined)
    given.when(accept).then_refused(refusals.ObjectiveNotProposed(OBJECTIVE_ID))


@pytest.mark.parametrize("step", [propose, decline])
def test_an_active_objective_is_past_proposing(step: commands.ObjectiveStep):
    given = spec.given(drafted, proposed, accepted)
    given.when(step).then_refused(refusals.ObjectiveAlreadyActive(OBJECTIVE_ID))


def test_an_active_objective_is_closed_with_its_outcome_and_no_grade_yet():
    spec.given(drafted, proposed, accepted).when(achieve).then(objective_closed)


@pytest.mark.parametrize("history", [(drafted,), (drafted, proposed)])
def test_what_was_never_accepted_is_neither_achieved_nor_missed(history):
    given = spec.given(*history)
    given.when(achieve).then_refused(refusals.ObjectiveNotYetActive(OBJECTIVE_ID))


@pytest.mark.parametrize(
    "history", [(drafted,), (drafted, proposed), (drafted, proposed, accepted)]
)
def test_any_open_objective_may_be_cancelled(history):
    spec.given(*history).when(cancel).then(cancelled)


@pytest.mark.parametrize("step", [propose, accept, decline, cancel])
def test_a_closed_objective_stays_as_it_was_closed(step: commands.ObjectiveStep):
    given = spec.given(drafted, proposed, accepted, objective_closed)
    given.when(step).then_refused(refusals.ObjectiveIsClosed(OBJECTIVE_ID))


@pytest.mark.parametrize(
    ("history", "step"),
    [
        ((drafted, proposed), propose),
        ((drafted, proposed, accepted), accept),
        ((drafted, proposed, declined), decline),
        ((drafted, proposed, accepted, objective_closed), achieve),
        ((drafted, attached), attach),
    ],
)
def test_asked_twice_a_step_is_done_once(history, step):
    spec.given(*history).when(step).then_nothing()


@pytest.mark.parametrize(
    "command",
    [
        commands.ProposeObjective(OBJECTIVE_ID, over),
        commands.AcceptObjective(OBJECTIVE_ID, over),
        commands.DeclineObjective(OBJECTIVE_ID, over, "late"),
        commands.CloseObjective(OBJECTIVE_ID, over, "missed"),
        commands.AttachKeyResult(OBJECTIVE_ID, over, KEY_RESULT_ID),
    ],
)
def test_a_closed_cycle_refuses_every_step(command):
    spec.given(drafted, proposed).when(command).then_refused(CycleIsClosed(CYCLE_ID))


def test_nothing_is_drafted_into_a_closed_cycle():
    late = replace(draft, cycle=over)
    spec.given().when(late).then_refused(CycleIsClosed(CYCLE_ID))


def test_what_comes_after_a_reopening_is_marked_so():
    again = a_cycle(opened, activated, review_started, closed, reopened)
    step = commands.ProposeObjective(OBJECTIVE_ID, again)
    marked = proposed.model_copy(update={"after_reopening": True})
    spec.given(drafted).when(step).then(marked)


def test_an_objective_knows_its_key_results_in_their_order():
    second = UUID(int=99)
    more = attached.model_copy(update={"key_result_id": second})
    state = initial_state()
    for event in (drafted, attached, more):
        state = evolve(state, event)
    assert state.facts.key_result_ids == (KEY_RESULT_ID, second)


@pytest.mark.parametrize(
    ("history", "refusal"),
    [
        ((drafted, proposed, declined), refusals.ObjectiveWasDeclined(OBJECTIVE_ID)),
        (
            (drafted, proposed, accepted, objective_closed),
            refusals.ObjectiveIsClosed(OBJECTIVE_ID),
        ),
    ],
)
def test_no_key_result_under_an_objective_that_is_declined_or_closed(history, refusal):
    spec.given(*history).when(attach).then_refused(refusal)


@pytest.mark.parametrize("command", [propose, accept, decline, cancel, attach])
def test_no_step_without_an_objective(command):
    spec.given().when(command).then_refused(refusals.UnknownObjective(OBJECTIVE_ID))
