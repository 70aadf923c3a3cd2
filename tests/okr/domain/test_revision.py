"""A key result is revised with a reason; rebased, both lines are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from helmlog_events.contracts.okr import KeyResultCancelled, KeyResultRevised
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain.cycle.refusals import CycleIsClosed, CycleNotClosed
from okr_service.domain.definitions import part_of
from okr_service.domain.key_result import definition_refusals, refusals
from okr_service.domain.key_result.commands import CheckIn, FollowKPI, ReviseKeyResult
from okr_service.domain.key_result.decide import decide
from okr_service.domain.key_result.measurement import measurement_of
from okr_service.domain.key_result.revise import MOST_SAID_AGAIN
from okr_service.domain.key_result.state import (
    KeyResult,
    evolve,
    evolve_existing,
    initial_state,
)
from okr_service.domain.objective.refusals import ObjectiveIsClosed

from tests.okr.domain.examples import (
    CYCLE_ID,
    DAY_45,
    END,
    KEY_RESULT_ID,
    KPI_ID,
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
    review_started,
)

spec = DeciderTest(decide, evolve, initial_state())
revise = ReviseKeyResult(
    key_result_id=KEY_RESULT_ID,
    objective=an_objective(),
    cycle=a_cycle(),
    at=DAY_45,
    reason="the market changed",
    version=7,
    changes={"target": Decimal(48)},
)


def day(number: int):
    return START + timedelta(days=number)


def checked_in(state: KeyResult, value: int, on: int, *, told_on: int = 89) -> KeyResult:
    command = CheckIn(
        check_in_id=UUID(int=1000 + on),
        key_result_id=KEY_RESULT_ID,
        objective=an_objective(),
        cycle=a_cycle(),
        at=day(told_on),
        value=Decimal(value),
        observed_at=day(on),
    )
    return evolve_existing(state, decide(command, state))


def known(*values: tuple[int, int]) -> KeyResult:
    """Checked in: (value, day)."""
    state = a_key_result(added())
    for value, on in values:
        state = checked_in(state, value, on)
    return state


def test_old_and_new_are_both_kept():
    before = part_of(added(), type(revise_event().before))
    (event,) = decide(revise, a_key_result(added()))
    assert (event.before, event.after) == (before, before.model_copy(update={"target": 48}))
    assert (event.reason, event.rebased, event.effective_from) == (revise.reason, True, DAY_45)


def revise_event() -> KeyResultRevised:
    (event,) = decide(revise, a_key_result(added()))
    return event


@pytest.mark.parametrize("changes", [{}, {"target": Decimal("35.0")}, {"owner": None}])
def test_what_changes_nothing_is_nothing(changes):
    spec.given(added()).when(replace(revise, changes=changes)).then_nothing()


def test_another_title_is_no_other_measure():
    retitled = replace(revise, changes={"title": "Even more leads", "weight": Decimal(2)})
    (event,) = decide(retitled, known((27, 10)))
    assert event.rebased is False


def test_a_rebased_value_is_said_again_under_the_new_line():
    _, update = decide(revise, known((27, 10)))
    assert (update.value, update.progress) == (27, Decimal("0.192308"))
    assert (update.observed_at, update.valid_from) == (day(10), DAY_45)
    assert (update.source, update.cause) == ("revision", "revision/7")
    assert update.expected_progress == Decimal("0.5")


def test_a_revision_is_not_hearing_of_it():
    state = known((27, 10))
    assert evolve_existing(state, decide(revise, state)).heard_at == day(10)


def test_before_the_revision_the_old_line_stays():
    state = known((27, 10))
    state = evolve_existing(state, decide(revise, state))
    command = CheckIn(
        check_in_id=UUID(int=99),
        key_result_id=KEY_RESULT_ID,
        objective=an_objective(),
        cycle=a_cycle(),
        at=day(60),
        value=Decimal(35),
        observed_at=day(20),
    )
    recorded, then, again = decide(command, state)
    assert (recorded.targets.target, then.progress, then.valid_from) == (35, 1, None)
    assert (again.progress, again.observed_at, again.valid_from) == (
        Decimal("0.500000"),
        day(20),
        DAY_45,
    )
    assert evolve_existing(state, [recorded, then, again]).current.progress == Decimal("0.5")


def test_a_plan_is_revised_from_its_beginning():
    planned = replace(revise, cycle=a_cycle(opened), at=START - timedelta(days=9))
    (event,) = decide(planned, a_key_result(added()))
    assert event.effective_from == START - timedelta(days=9)
    (late,) = decide(replace(planned, at=DAY_45), a_key_result(added()))
    assert late.effective_from == START


def test_in_a_cycle_long_over_a_revision_holds_at_its_end():
    (event,) = decide(replace(revise, at=END + timedelta(days=900)), a_key_result(added()))
    assert event.effective_from == END - timedelta(microseconds=1)


def test_a_revision_may_hold_since_an_earlier_day_and_all_since_then_is_said_again():
    state = known((23, 5), (27, 10), (31, 20))
    said = tuple(
        replace(state.current, value=Decimal(value), observed_at=day(on))
        for value, on in ((23, 5), (27, 10), (31, 20))
    )
    back = replace(revise, effective_from=day(8), said=said)
    event, *updates = decide(back, state)
    assert event.effective_from == day(8)
    assert [(u.value, u.observed_at, u.valid_from, u.progress) for u in updates] == [
        (23, day(5), day(8), Decimal("0.038462")),
        (27, day(10), None, Decimal("0.192308")),
        (31, day(20), None, Decimal("0.346154")),
    ]


def test_of_one_moment_what_was_told_last_is_said_again():
    state = known((27, 10), (28, 10))
    said = tuple(replace(state.current, value=Decimal(value)) for value in (27, 28))
    _, update = decide(replace(revise, effective_from=day(5), said=said), state)
    assert update.value == 28


def test_but_not_more_than_can_be_said_in_one_breath():
    state = known((27, 80))
    said = tuple(
        replace(state.current, observed_at=day(1) + timedelta(minutes=number))
        for number in range(MOST_SAID_AGAIN + 1)
    )
    given = replace(revise, effective_from=day(1), said=said)
    with pytest.raises(refusals.RevisionReachesTooFarBack):
        decide(given, state)


@pytest.mark.parametrize(
    ("moment", "refusal"),
    [
        (START - timedelta(seconds=1), refusals.OutsideCycle),
        (END, refusals.OutsideCycle),
        (DAY_45 + timedelta(seconds=1), refusals.ObservedInFuture),
    ],
)
def test_since_when_it_holds_is_within_the_cycle_and_not_to_come(moment, refusal):
    with pytest.raises(refusal) as refused:
        decide(replace(revise, effective_from=moment), a_key_result(added()))
    assert refused.value.field == "effective_from"


def test_a_revision_holds_no_earlier_than_the_one_before_it():
    state = a_key_result(added(), revise_event())
    back = replace(revise, changes={"target": Decimal(60)}, effective_from=day(44))
    with pytest.raises(refusals.RevisionBeforeLastLine):
        decide(back, state)
    event, *_ = decide(replace(back, effective_from=None, at=day(44)), state)
    assert event.effective_from == DAY_45


def test_what_means_nothing_any_more_is_let_go():
    steps = ({"name": "hired", "weight": 1},)
    to_steps = {"metric": "milestone", "baseline": None, "target": None}
    milestones = added("milestone", milestones=steps).milestones
    state = known((27, 10))
    event, *updates = decide(replace(revise, changes={**to_steps, "milestones": milestones}), state)
    assert updates == []
    assert evolve_existing(state, [event]).current is None


def test_milestones_that_are_gone_are_done_no_more():
    state = a_key_result(added("milestone"))
    done = CheckIn(
        check_in_id=UUID(int=9),
        key_result_id=KEY_RESULT_ID,
        objective=an_objective(),
        cycle=a_cycle(),
        at=day(10),
        done=("advertised", "hired"),
    )
    state = evolve_existing(state, decide(done, state))
    kept = (state.facts.definition.milestones[1],)
    _, update = decide(replace(revise, changes={"milestones": kept}), state)
    assert (update.done, update.progress) == (("hired",), 1)


def test_staying_in_other_bounds_is_counted_anew():
    state = a_key_result(added("stay_above", kpi_id=KPI_ID))
    for number, value in enumerate((12, 9, 12, 14)):
        follow = FollowKPI(
            key_result_id=KEY_RESULT_ID,
            objective=an_objective(),
            cycle=a_cycle(),
            kpi_id=KPI_ID,
            value=Decimal(value),
            observed_at=day(number),
            cause="kpi/1",
        )
        state = evolve_existing(state, decide(follow, state))
    _, update = decide(replace(revise, changes={"lower": Decimal(13)}), state)
    assert update.progress == Decimal("0.25")


def test_a_way_becomes_a_band_with_the_value_there_is():
    band = {"metric": "stay_above", "baseline": None, "target": None, "lower": Decimal(20)}
    _, update = decide(replace(revise, changes=band), known((27, 10)))
    assert (update.progress_rule, update.progress) == ("share_of_time", 1)


def test_a_revised_definition_holds_together_too():
    with pytest.raises(refusals.BaselineEqualsTarget):
        decide(replace(revise, changes={"target": Decimal(22)}), a_key_result(added()))


class TestRelative:
    relative = added(
        baseline=None,
        target=None,
        kpi_id=KPI_ID,
        relative={"change": 20, "measured_in": "percent"},
    )

    def resolved(self) -> KeyResult:
        state = a_key_result(self.relative)
        numbers = {"baseline": Decimal(30), "target": Decimal(36)}
        revised = revise_event().model_copy(
            update={
                "before": state.facts.definition,
                "after": state.facts.definition.model_copy(update=numbers),
            }
        )
        return evolve_existing(state, [revised])

    def test_its_numbers_are_not_given_by_hand(self):
        with pytest.raises(definition_refusals.RelativeTargetWithNumbers):
            decide(revise, self.resolved())

    def test_unless_it_is_made_absolute(self):
        absolute = replace(revise, changes={"relative": None, "target": Decimal(48)})
        event, *_ = decide(absolute, self.resolved())
        assert (event.after.relative, event.after.baseline, event.after.target) == (None, 30, 48)

    def test_another_change_waits_for_its_numbers_again(self):
        change = self.relative.relative.model_copy(update={"change": Decimal(30)})
        event, *_ = decide(replace(revise, changes={"relative": change}), self.resolved())
        assert (event.after.baseline, event.after.target) == (None, None)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"cycle": a_cycle(opened, activated, review_started, closed)}, CycleIsClosed(CYCLE_ID)),
        ({"late_correction": True}, CycleNotClosed(CYCLE_ID)),
        (
            {"objective": an_objective(drafted, proposed, accepted, objective_closed)},
            ObjectiveIsClosed(OBJECTIVE_ID),
        ),
    ],
)
def test_what_is_closed_is_not_revised(fields, refusal):
    spec.given(added()).when(replace(revise, **fields)).then_refused(refusal)


def test_but_late_and_flagged_so():
    over = a_cycle(opened, activated, review_started, closed)
    late = replace(revise, cycle=over, at=END + timedelta(days=3), late_correction=True)
    events = decide(late, known((27, 10)))
    assert [event.late_correction for event in events] == [True, True]


def test_what_is_cancelled_is_not_revised():
    cancelled = KeyResultCancelled(
        key_result_id=KEY_RESULT_ID, objective_id=OBJECTIVE_ID, cycle_id=CYCLE_ID, reason="gone"
    )
    given = spec.given(added(), cancelled).when(revise)
    given.then_refused(refusals.KeyResultIsCancelled(KEY_RESULT_ID))


def test_measurements_are_read_off_their_updates():
    state = known((27, 10))
    _, update = decide(revise, state)
    again = measurement_of(update)
    assert (again.observed_at, again.said_at) == (day(10), DAY_45)
