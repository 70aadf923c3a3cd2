from dataclasses import replace
from datetime import timedelta

import pytest
from helmlog_events.contracts.kpi import (
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
)
from kpi_service.domain.threshold.as_json import state_from_json, state_to_json
from kpi_service.domain.threshold.changes import Ended
from kpi_service.domain.threshold.judge import judge
from kpi_service.domain.threshold.policy import compile_policy
from kpi_service.domain.threshold.state import NORMAL, open_breach, state_name
from kpi_service.domain.threshold.timeline import Timeline

from tests.kpi.domain.builders import (
    START,
    STEP,
    judge_all,
    observations,
    policy,
    policy_set,
    rule,
)


def test_the_bound_itself_is_still_good():
    below = policy(rule(value="5000", recover="5000"))
    above = policy(rule(when="above", value="100", recover="100"))
    assert judge_all(below, observations([5000])) == (NORMAL, [])
    assert judge_all(above, observations([100])) == (NORMAL, [])


def test_fewer_bad_readings_than_asked_for_are_pending_and_say_nothing():
    state, said = judge_all(policy(rule(for_readings=3)), observations([4000, 4000]))
    assert state_name(state) == "pending"
    assert said == []


def test_a_good_reading_in_between_starts_the_count_anew():
    state, said = judge_all(policy(rule(for_readings=3)), observations([4000, 4000, 5500, 4000]))
    assert state_name(state) == "pending"
    assert said == []


def test_a_breach_opens_with_the_first_of_the_bad_readings_in_a_row():
    state, said = judge_all(policy(rule(for_readings=3)), observations([9000, 4000, 3000, 2000]))
    (breached,) = said
    assert isinstance(breached, KPIThresholdBreached)
    assert breached.opened_at == START + STEP
    assert breached.observed_at == START + 3 * STEP
    assert (breached.readings, breached.value, breached.severity) == (3, 2000, "critical")
    assert state_name(state) == "critical"


def test_one_breach_is_one_event_however_many_readings_follow():
    state, said = judge_all(policy(rule(for_readings=3)), observations([4000] * 500))
    assert len(said) == 1
    assert open_breach(state).readings == 500


def test_between_bound_and_recovery_a_breach_stays_open():
    state, said = judge_all(policy(rule()), observations([4000, 5500, 4900, 5999]))
    assert len(said) == 1
    assert state_name(state) == "recovering"


def test_at_the_recovery_bound_a_breach_ends():
    state, said = judge_all(policy(rule()), observations([4000, 5500, 6000]))
    recovered = said[-1]
    assert isinstance(recovered, KPIThresholdRecovered)
    assert recovered.breach_id == said[0].breach_id
    assert (recovered.readings, recovered.observed_at) == (2, START + 2 * STEP)
    assert state == NORMAL


def test_a_duration_counts_from_the_first_bad_reading():
    hour = policy(rule(duration="PT1H"))
    state, said = judge_all(hour, observations([4000, 4000]))
    assert (state_name(state), said) == ("pending", [])
    state, said = judge_all(hour, observations([4000, 4000, 4000]))
    assert (state_name(state), said[0].readings) == ("critical", 3)


def test_readings_and_duration_must_both_be_reached():
    both = policy(rule(for_readings=2, duration="PT2H"))
    far_apart = observations([4000, 4000])
    late = far_apart[1]._replace(observed_at=START + timedelta(hours=2))
    assert judge_all(both, far_apart)[1] == []
    assert len(judge_all(both, [far_apart[0], late])[1]) == 1


TWO = policy(
    rule(severity="warning", value="6000", recover="6500"),
    rule(severity="critical", value="5000", recover="5500", for_readings=2),
)


def test_a_change_of_severity_is_an_event_of_its_own_in_the_same_breach():
    state, said = judge_all(TWO, observations([5900, 4000, 4000]))
    breached, escalated = said
    assert (breached.severity, state_name(state)) == ("warning", "critical")
    assert isinstance(escalated, KPIThresholdEscalated)
    assert (escalated.previous, escalated.severity) == ("warning", "critical")
    assert escalated.breach_id == breached.breach_id


def test_severity_falls_back_when_the_graver_rule_has_recovered():
    state, said = judge_all(TWO, observations([4000, 4000, 5500, 6500]))
    assert [type(one).__name__ for one in said] == [
        "KPIThresholdBreached",
        "KPIThresholdEscalated",
        "KPIThresholdEscalated",
        "KPIThresholdRecovered",
    ]
    assert (said[2].previous, said[2].severity) == ("critical", "warning")
    assert state == NORMAL


def test_bounds_on_both_sides_are_one_breach_when_the_value_jumps_across():
    within = policy(
        rule(when="below", value="10", recover="12"), rule(when="above", value="90", recover="88")
    )
    state, said = judge_all(within, observations([5, 95, 50]))
    assert [type(one).__name__ for one in said] == ["KPIThresholdBreached", "KPIThresholdRecovered"]
    assert state == NORMAL


def test_every_breach_has_an_id_of_its_own():
    _, said = judge_all(policy(rule()), observations([4000, 6000] * 50))
    opened = [one.breach_id for one in said if isinstance(one, KPIThresholdBreached)]
    assert len(set(opened)) == 50
    assert {one.version for one in opened} == {7}


def test_a_new_policy_keeps_an_open_breach_until_its_own_recovery_bound():
    readings = observations([4000, 5500, 7000])
    state, _ = judge_all(policy(rule()), readings[:1])
    stricter = policy(rule(recover="7000"), number=2)
    state, changes = judge(stricter, state, readings[1])
    assert (state_name(state), list(changes)) == ("recovering", [])
    state, (ended,) = judge(stricter, state, readings[2])
    assert (state, ended.readings) == (NORMAL, 2)


def test_a_new_policy_that_finds_nothing_bad_ends_the_breach_with_its_first_reading():
    state, _ = judge_all(policy(rule()), observations([4000]))
    lenient = policy(rule(value="1000", recover="2000"), number=2)
    state, (ended,) = judge(lenient, state, observations([0, 4000])[1])
    assert (state, ended.value) == (NORMAL, 4000)


def test_a_new_policy_starts_counting_anew():
    state, _ = judge_all(policy(rule(for_readings=3)), observations([4000, 4000]))
    again = policy(rule(for_readings=3), number=2)
    state, changes = judge(again, state, observations([0, 0, 4000])[2])
    assert (state_name(state), list(changes)) == ("pending", [])


def test_a_policy_without_rules_ends_what_is_open():
    state, _ = judge_all(policy(rule()), observations([4000]))
    state, (ended,) = judge(policy(number=2), state, observations([0, 4000])[1])
    assert (state, ended.readings) == (NORMAL, 1)


def test_a_state_is_written_and_read_back_whole():
    readings = observations([5900, 4000, 4000, 5400, 5900, 7000, 5900])
    for length in range(len(readings) + 1):
        state, _ = judge_all(TWO, readings[:length])
        assert state_from_json(state_to_json(state)) == state


HUSHED = compile_policy(policy_set(rule(), no_data_after="PT1H", on_no_data="ok"), 1)


def test_silence_longer_than_a_policy_waits_ends_a_breach_when_its_time_was_up():
    timeline = Timeline([HUSHED])
    state, _ = timeline.judge(NORMAL, observations([4000])[0])
    assert timeline.silent_at(state) == START + 2 * STEP
    assert timeline.fall_silent(state, START + 2 * STEP) == (state, ())
    later, (ended, opened) = timeline.judge(state, observations([0, 0, 0, 3000])[3])
    assert ended == Ended(None, (START + 2 * STEP, ""), 1)
    assert opened.opened_at == START + 3 * STEP
    assert state_name(later) == "critical"


def test_silence_starts_the_count_of_bad_readings_anew():
    patient = compile_policy(
        policy_set(rule(for_readings=2), no_data_after="PT1H", on_no_data="ok"), 1
    )
    timeline = Timeline([patient])
    state, _ = timeline.judge(NORMAL, observations([4000])[0])
    state, changes = timeline.judge(state, observations([0, 0, 0, 3000])[3])
    assert (state_name(state), list(changes)) == ("pending", [])


def test_a_policy_that_takes_silence_for_good_ends_a_breach_when_it_takes_hold():
    keeping = policy(rule())
    hushed = replace(HUSHED, number=2, effective_from=START + 9 * STEP)
    timeline = Timeline([keeping, hushed])
    state, _ = timeline.judge(NORMAL, observations([4000])[0])
    assert timeline.silent_at(state) == START + 9 * STEP


@pytest.mark.parametrize("means", ["keep", "alert"])
def test_where_silence_is_not_good_a_breach_outlasts_it(means):
    policy = compile_policy(policy_set(rule(), no_data_after="PT1H", on_no_data=means), 1)
    timeline = Timeline([policy])
    state, _ = timeline.judge(NORMAL, observations([4000])[0])
    assert timeline.silent_at(state) is None
    assert list(timeline.judge(state, observations([0] * 99)[98])[1]) == []
