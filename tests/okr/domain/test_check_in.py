from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from helmlog_events.contracts.okr import (
    CheckInAcknowledged,
    CheckInRecorded,
    KeyResultCancelled,
    KeyResultUpdated,
    Targets,
)
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain.cycle.refusals import CycleIsClosed, CycleNotActive, CycleNotClosed
from okr_service.domain.key_result import refusals
from okr_service.domain.key_result.commands import AcknowledgeCheckIn, CheckIn
from okr_service.domain.key_result.decide import decide
from okr_service.domain.key_result.state import evolve, initial_state
from okr_service.domain.objective.refusals import ObjectiveIsClosed, ObjectiveWasDeclined

from tests.okr.domain.examples import (
    CHECK_IN_ID,
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
    declined,
    drafted,
    objective_closed,
    opened,
    proposed,
    reopened,
    review_started,
)

spec = DeciderTest(decide, evolve, initial_state())
ids = {"key_result_id": KEY_RESULT_ID, "objective_id": OBJECTIVE_ID, "cycle_id": CYCLE_ID}

check_in = CheckIn(
    check_in_id=CHECK_IN_ID,
    key_result_id=KEY_RESULT_ID,
    objective=an_objective(),
    cycle=a_cycle(),
    at=DAY_45,
    value=Decimal(27),
    confidence=7,
    narrative="a good month",
    by="owner",
)
recorded = CheckInRecorded(
    **ids,
    check_in_id=CHECK_IN_ID,
    value=Decimal(27),
    confidence=7,
    narrative="a good month",
    targets=Targets(baseline=Decimal(22), target=Decimal(35)),
    author="owner",
    observed_at=DAY_45,
)
updated = KeyResultUpdated(
    **ids,
    source="check_in",
    value=Decimal(27),
    progress=Decimal("0.384615"),
    progress_raw=Decimal("0.384615"),
    progress_rule="increase",
    expected_progress=Decimal("0.5"),
    status="behind",
    status_rule="computed",
    confidence=7,
    observed_at=DAY_45,
    cause=f"check-in/{CHECK_IN_ID}",
)


def folded(history, command):
    state = a_key_result(*history)
    for event in decide(command, state):
        state = evolve(state, event)
    return state


def test_a_check_in_is_recorded_together_with_what_it_moves():
    spec.given(added()).when(check_in).then(recorded, updated)


def test_a_check_in_is_taken_in_review_too():
    in_review = replace(check_in, cycle=a_cycle(opened, activated, review_started))
    spec.given(added()).when(in_review).then(recorded, updated)


def test_raw_progress_is_kept_beyond_what_is_shown():
    beyond = folded([added()], replace(check_in, value=Decimal(48)))
    assert (beyond.current.progress_raw, beyond.current.progress) == (2, 1)
    below = folded([added()], replace(check_in, value=Decimal(9)))
    assert (below.current.progress_raw, below.current.progress) == (-1, 0)


def test_a_check_in_may_be_about_an_earlier_day_and_is_judged_on_that_day():
    early = replace(check_in, observed_at=START + timedelta(days=9))
    _, update = decide(early, a_key_result(added()))
    assert update.observed_at == START + timedelta(days=9)
    assert update.expected_progress == Decimal("0.1")
    assert update.status == "on_track"


def test_an_earlier_day_told_later_does_not_become_the_current_value():
    early = replace(check_in, value=Decimal(23), observed_at=START + timedelta(days=9))
    state = folded([added(), recorded, updated], early)
    assert state.current.value == 27


def test_of_two_check_ins_for_one_moment_the_one_told_last_holds():
    state = folded([added(), recorded, updated], replace(check_in, value=Decimal(28)))
    assert state.current.value == 28


def test_in_a_cycle_long_over_a_check_in_is_about_its_end():
    _, update = decide(replace(check_in, at=END + timedelta(days=2000)), a_key_result(added()))
    assert update.observed_at == END - timedelta(microseconds=1)
    assert (update.expected_progress, update.status) == (1, "at_risk")


@pytest.mark.parametrize("moment", [START - timedelta(microseconds=1), END])
def test_a_check_in_is_about_a_moment_in_its_cycle(moment):
    outside = replace(check_in, observed_at=moment, at=END + timedelta(days=1))
    spec.given(added()).when(outside).then_refused(refusals.OutsideCycle(moment))


def test_nobody_checks_in_from_the_future():
    future = DAY_45 + timedelta(microseconds=1)
    spec.given(added()).when(replace(check_in, observed_at=future)).then_refused(
        refusals.ObservedInFuture(future)
    )


def test_a_planned_cycle_takes_no_check_ins():
    planned = replace(check_in, cycle=a_cycle(opened))
    spec.given(added()).when(planned).then_refused(CycleNotActive(CYCLE_ID))


def test_a_closed_cycle_takes_no_check_ins():
    over = replace(check_in, cycle=a_cycle(opened, activated, review_started, closed))
    spec.given(added()).when(over).then_refused(CycleIsClosed(CYCLE_ID))


def test_a_check_in_after_a_reopening_is_marked_so():
    again = a_cycle(opened, activated, review_started, closed, reopened)
    events = decide(replace(check_in, cycle=again), a_key_result(added()))
    assert all(event.after_reopening for event in events)


@pytest.mark.parametrize(
    ("objective", "refusal"),
    [
        (an_objective(drafted, proposed, declined), ObjectiveWasDeclined(OBJECTIVE_ID)),
        (
            an_objective(drafted, proposed, accepted, objective_closed),
            ObjectiveIsClosed(OBJECTIVE_ID),
        ),
    ],
)
def test_no_check_in_under_an_objective_that_is_declined_or_closed(objective, refusal):
    spec.given(added()).when(replace(check_in, objective=objective)).then_refused(refusal)


def test_a_key_result_that_follows_a_kpi_is_not_moved_by_hand():
    given = spec.given(added(kpi_id=KPI_ID))
    given.when(check_in).then_refused(refusals.BoundToKPI(KPI_ID))


def test_unless_it_is_a_correction_with_a_reason():
    correction = replace(check_in, correction_reason="the meter was broken")
    state = folded([added(kpi_id=KPI_ID)], correction)
    assert (state.current.value, state.current.source) == (27, "check_in")


@pytest.mark.parametrize("confidence", [-1, 11, 10**400])
def test_confidence_goes_from_nothing_to_ten(confidence):
    given = spec.given(added())
    given.when(replace(check_in, confidence=confidence)).then_refused(
        refusals.ConfidenceOutOfRange(confidence)
    )


def test_a_check_in_says_something():
    empty = replace(check_in, value=None, confidence=None, narrative="")
    spec.given(added()).when(empty).then_refused(refusals.CheckInWithoutValue("increase"))


def test_a_number_has_no_milestones():
    steps = replace(check_in, done=("hired",))
    spec.given(added()).when(steps).then_refused(refusals.CheckInUnsuited("increase", "done"))


def test_milestones_reached_are_told_by_name_in_any_order():
    reached = replace(check_in, value=None, done=("hired", "advertised", "hired"))
    state = folded([added("milestone")], reached)
    assert state.current.done == ("advertised", "hired")
    assert state.current.progress == 1


def test_a_milestone_may_turn_out_not_to_be_reached():
    history = [added("milestone")]
    first = replace(check_in, value=None, done=("hired",))
    state = folded(history, first)
    for event in decide(replace(first, done=()), state):
        state = evolve(state, event)
    assert state.current.progress == 0


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"value": Decimal(1)}, refusals.CheckInUnsuited("milestone", "value")),
        (
            {"value": None, "confidence": None, "narrative": None},
            refusals.CheckInWithoutValue("milestone"),
        ),
        ({"value": None, "done": ("fired",)}, refusals.UnknownMilestone("fired")),
    ],
)
def test_milestones_are_reported_as_milestones(fields, refusal):
    spec.given(added("milestone")).when(replace(check_in, **fields)).then_refused(refusal)


def test_the_owner_may_judge_otherwise_with_a_reason():
    judged = replace(check_in, status="on_track", status_reason="the contract is signed")
    _, update = decide(judged, a_key_result(added()))
    assert (update.status, update.status_rule) == ("on_track", "override")


def test_but_not_without_one():
    judged = replace(check_in, status="on_track")
    spec.given(added()).when(judged).then_refused(refusals.OverrideWithoutReason("on_track"))


def test_a_judgement_holds_until_the_next_check_in():
    judged = replace(check_in, status="on_track", status_reason="the contract is signed")
    state = folded([added()], judged)
    _, update = decide(replace(check_in, at=DAY_45 + timedelta(days=1)), state)
    assert update.status_rule == "computed"


def test_no_check_in_without_a_key_result():
    spec.given().when(check_in).then_refused(refusals.UnknownKeyResult(KEY_RESULT_ID))


def test_staying_in_bounds_is_counted_by_time_and_a_late_report_changes_the_share():
    days = [START + timedelta(days=number) for number in (0, 10)]
    state = a_key_result(added("stay_within"))
    for day, value in zip(days, (15, 30), strict=True):
        report = replace(check_in, value=Decimal(value), observed_at=day)
        for event in decide(report, state):
            state = evolve(state, event)
    assert state.current.progress == 1  # the value that left the band has held for no time yet

    late = replace(check_in, value=Decimal(30), observed_at=START + timedelta(days=5))
    _, first, again = decide(late, state)
    assert (first.observed_at, first.progress) == (START + timedelta(days=5), 1)
    assert (again.observed_at, again.value, again.progress) == (days[1], 30, Decimal("0.5"))


class TestWords:
    """A check-in may say words, confidence or a status without a value."""

    words = replace(
        check_in,
        check_in_id=UUID(int=6),
        at=DAY_45 + timedelta(days=5),
        value=None,
        confidence=3,
        narrative="it is quiet",
    )

    def test_they_keep_value_and_progress_and_count_as_heard_of(self):
        state = folded([added(), recorded, updated], self.words)
        assert (state.current.value, state.current.progress) == (27, updated.progress)
        assert state.current.observed_at == DAY_45
        assert state.heard_at == DAY_45 + timedelta(days=5)
        assert state.remark.narrative == "it is quiet"

    def test_they_say_the_value_again_because_they_may_judge_it_otherwise(self):
        judged = replace(self.words, status="on_track", status_reason="it comes back")
        _, update = decide(judged, a_key_result(added(), recorded, updated))
        assert (update.value, update.observed_at) == (27, DAY_45)
        assert update.valid_from == DAY_45 + timedelta(days=5)
        assert (update.status, update.status_rule, update.confidence) == ("on_track", "override", 3)

    def test_they_move_nothing_before_anything_was_measured(self):
        (event,) = decide(self.words, a_key_result(added()))
        assert (event.value, event.narrative) == (None, "it is quiet")

    def test_late_words_do_not_replace_newer_ones(self):
        late = replace(self.words, observed_at=DAY_45 - timedelta(days=1))
        (event,) = decide(late, a_key_result(added(), recorded, updated))
        state = evolve(a_key_result(added(), recorded, updated), event)
        assert state.remark.narrative == "a good month"

    def test_they_need_no_reason_where_a_kpi_gives_the_value(self):
        state = folded([added(kpi_id=KPI_ID)], self.words)
        assert state.remark.confidence == 3


class TestCorrections:
    correction = replace(
        check_in,
        check_in_id=UUID(int=6),
        at=DAY_45 + timedelta(days=5),
        value=Decimal(29),
        corrects=CHECK_IN_ID,
        correction_reason="counted twice",
    )
    history = (added(), recorded, updated)

    def test_a_correction_stands_in_for_the_other_at_its_moment(self):
        state = folded(self.history, self.correction)
        assert (state.current.value, state.current.observed_at) == (29, DAY_45)
        assert state.check_ins[CHECK_IN_ID].corrected_by == UUID(int=6)

    def test_it_says_why(self):
        given = spec.given(*self.history)
        silent = replace(self.correction, correction_reason=None)
        given.when(silent).then_refused(refusals.CorrectionWithoutReason())

    def test_what_is_corrected_is_known(self):
        given = spec.given(added())
        given.when(self.correction).then_refused(refusals.CorrectsUnknownCheckIn(CHECK_IN_ID))

    def test_it_is_about_the_same_moment(self):
        other = DAY_45 + timedelta(days=1)
        given = spec.given(*self.history)
        given.when(replace(self.correction, observed_at=other)).then_refused(
            refusals.CorrectionAtAnotherTime(DAY_45, other)
        )
        assert decide(replace(self.correction, observed_at=DAY_45), a_key_result(*self.history))


class TestLateCorrections:
    over = a_cycle(opened, activated, review_started, closed)
    late = replace(
        check_in,
        cycle=over,
        at=END + timedelta(days=9),
        late_correction=True,
        correction_reason="the books were closed late",
    )

    def test_a_closed_cycle_takes_one_that_is_flagged_so(self):
        events = decide(self.late, a_key_result(added()))
        assert [event.late_correction for event in events] == [True, True]
        assert events[0].observed_at == END - timedelta(microseconds=1)

    def test_also_where_the_objective_is_closed(self):
        objective = an_objective(drafted, proposed, accepted, objective_closed)
        assert decide(replace(self.late, objective=objective), a_key_result(added()))

    def test_it_says_why(self):
        silent = replace(self.late, correction_reason=None)
        spec.given(added()).when(silent).then_refused(refusals.CorrectionWithoutReason())

    @pytest.mark.parametrize("moment", [START - timedelta(days=1), END])
    def test_it_is_about_the_cycle(self, moment):
        outside = replace(self.late, observed_at=moment)
        spec.given(added()).when(outside).then_refused(refusals.OutsideCycle(moment))

    def test_a_running_cycle_takes_none(self):
        early = replace(self.late, cycle=a_cycle())
        spec.given(added()).when(early).then_refused(CycleNotClosed(CYCLE_ID))


class TestAcknowledgement:
    acknowledge = AcknowledgeCheckIn(KEY_RESULT_ID, a_cycle(), CHECK_IN_ID, "reviewer", "well done")
    acknowledged = CheckInAcknowledged(**ids, check_in_id=CHECK_IN_ID, note="well done")
    history = (added(), recorded, updated)

    def test_a_reviewer_acknowledges_a_check_in(self):
        spec.given(*self.history).when(self.acknowledge).then(self.acknowledged)

    def test_once(self):
        spec.given(*self.history, self.acknowledged).when(self.acknowledge).then_nothing()

    def test_who_is_somebody_else_than_its_author(self):
        own = replace(self.acknowledge, by="owner")
        spec.given(*self.history).when(own).then_refused(refusals.OwnCheckIn("owner"))

    def test_what_was_never_said_cannot_be_acknowledged(self):
        given = spec.given(added()).when(self.acknowledge)
        given.then_refused(refusals.UnknownCheckIn(CHECK_IN_ID))

    def test_a_closed_cycle_takes_none(self):
        over = a_cycle(opened, activated, review_started, closed)
        given = spec.given(*self.history).when(replace(self.acknowledge, cycle=over))
        given.then_refused(CycleIsClosed(CYCLE_ID))


def test_a_cancelled_key_result_takes_no_check_in():
    cancelled = KeyResultCancelled(**ids, reason="no longer needed")
    given = spec.given(added(), cancelled).when(check_in)
    given.then_refused(refusals.KeyResultIsCancelled(KEY_RESULT_ID))


def test_no_value_is_taken_before_a_relative_target_is_a_number_but_words_are():
    relative = added(
        baseline=None,
        target=None,
        kpi_id=KPI_ID,
        relative={"change": 20, "measured_in": "percent"},
    )
    told = replace(check_in, correction_reason="the feed was late")
    given = spec.given(relative).when(told)
    given.then_refused(refusals.TargetNotResolved(KEY_RESULT_ID))
    assert folded([relative], replace(check_in, value=None)).remark.confidence == 7
