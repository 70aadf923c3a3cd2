"""Policies run over past readings."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpi_service.domain.backtest.rehearsal import Episode, Rehearsal, Silence, run
from kpi_service.domain.backtest.tally import open_tally
from kpi_service.domain.backtest.windows import Marking, Window
from kpi_service.domain.threshold.observation import Observation
from kpi_service.domain.threshold.policy import compile_policy

from tests.kpi.domain.builders import START, STEP, observations, policy, policy_set, rule

WARNING = rule("warning", value="8000", recover="9000")
CRITICAL = rule("critical", value="5000", recover="6000")


def at(place: float):
    return START + place * STEP


def rehearse(by, readings, ends_at):
    rehearsal = Rehearsal([by])
    rehearsal.begin(START)
    told = [one for reading in readings for one in rehearsal.take(reading)]
    return [*told, *rehearsal.finish(ends_at)]


def test_a_breach_lasts_from_its_trigger_until_it_recovers_and_is_told_with_its_severities():
    found = list(
        run([policy(WARNING, CRITICAL)], observations([9000, 7000, 4000, 6500, 8500, 9500]))
    )
    (episode,) = found
    assert (episode.triggered_at, episode.recovered_at) == (at(1), at(5))
    assert episode.changes == (("warning", at(1)), ("critical", at(2)), ("warning", at(3)))
    assert episode.gravest == "critical"


def test_a_breach_that_is_not_over_is_told_at_the_end_without_one():
    (episode,) = run([policy(CRITICAL)], observations([9000, 4000]))
    assert episode.recovered_at is None


def test_each_policy_counts_from_the_time_it_holds():
    later = compile_policy(
        policy_set(rule(value="100", recover="100"), effective_from=at(2)), number=2
    )
    found = run([policy(CRITICAL), later], observations([4000, 7000, 4000, 4000, 50]))
    assert [one.triggered_at for one in found] == [at(0), at(4)]


@given(
    values=st.lists(st.integers(0, 12_000), max_size=60),
    cuts=st.sets(st.integers(1, 59), max_size=5),
)
def test_where_pages_of_readings_end_makes_no_difference(values, cuts):
    readings = observations(values)
    by = policy(WARNING, CRITICAL)
    tally = open_tally(Rehearsal([by]), START, at(60), [], kept=100)
    begins = 0
    for ends in [*sorted(cuts), 60]:
        tally.take(readings[begins:ends])
        begins = ends
    tally.finish()
    assert [one for one, _ in tally.episodes] == list(run([by], readings))
    assert tally.breach_count == len(tally.episodes)


def test_silence_longer_than_the_policy_stands_is_told_from_the_last_reading_on():
    by = compile_policy(policy_set(CRITICAL, no_data_after="PT2H", on_no_data="alert"), number=1)
    readings = [Observation(at(place), 7000) for place in (0, 4, 9, 10)]
    told = rehearse(by, readings, at(15))
    assert told == [
        Silence(at(4), at(8), at(9), alerted=True),
        Silence(at(10), at(14), None, alerted=True),
    ]


def test_silence_that_is_taken_for_good_ends_a_breach_when_it_has_lasted_too_long():
    by = compile_policy(policy_set(CRITICAL, no_data_after="PT1H", on_no_data="ok"), number=1)
    readings = [Observation(at(place), value) for place, value in ((0, 4000), (9, 4000))]
    told = rehearse(by, readings, at(10))
    episodes = [one for one in told if isinstance(one, Episode)]
    assert [(one.triggered_at, one.recovered_at, one.cause) for one in episodes] == [
        (at(0), at(2), "silence"),
        (at(9), None, None),
    ]


def test_time_in_each_severity_adds_up_to_the_time_in_breach():
    tally = open_tally(Rehearsal([policy(WARNING, CRITICAL)]), START, at(8), [], kept=1)
    tally.take(observations([9000, 7000, 4000, 6500, 9500, 4000]))
    tally.finish()
    assert tally.breach_count == 2
    assert len(tally.episodes) == 1
    assert tally.time_by_severity == {"warning": 2 * STEP, "critical": STEP + 3 * STEP}
    assert tally.count_by_gravest == {"warning": 0, "critical": 2}


def marked(windows, *values):
    marking = Marking([Window(at(first), at(last)) for first, last in windows])
    for episode in run([policy(CRITICAL)], observations(values)):
        marking.add(episode, at(len(values)))
    return marking


def test_a_window_is_hit_by_a_breach_at_any_moment_of_it_and_late_by_as_long_as_that_took():
    marking = marked([(1, 4), (6, 8)], 7000, 7000, 7000, 4000, 7000, 7000, 7000, 7000, 7000)
    hit, missed = marking.verdicts()
    assert (hit.breaches, hit.delay) == (1, 2 * STEP)
    assert (missed.breaches, missed.delay) == (0, None)
    assert (marking.hits, marking.false_alarms) == (1, 0)
    assert (marking.precision, marking.recall) == (1, pytest.approx(0.5))


def test_a_breach_in_no_window_is_a_false_alarm():
    marking = marked([(0, 1)], 7000, 7000, 7000, 4000, 7000)
    assert (marking.alarms, marking.false_alarms, marking.precision) == (1, 1, 0)


def test_a_breach_that_is_open_already_hits_a_window_without_delay():
    (verdict,) = marked([(2, 3)], 4000, 4000, 4000, 4000).verdicts()
    assert verdict.delay == timedelta(0)


def test_nothing_to_count_gives_no_share():
    marking = marked([], 7000)
    assert (marking.precision, marking.recall) == (None, None)


@given(
    windows=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), max_size=6),
    values=st.lists(st.sampled_from([4000, 5500, 7000]), max_size=40),
)
def test_windows_and_breaches_meet_as_comparing_each_with_each_says(windows, values):
    spans = sorted(Window(at(first), at(first + length)) for first, length in windows)
    episodes = list(run([policy(CRITICAL)], observations(values)))
    ends_at = at(len(values))
    marking = Marking(spans)
    for episode in episodes:
        marking.add(episode, ends_at)

    def meet(window, episode):
        over = episode.recovered_at or ends_at
        return window.starts_at <= over and episode.triggered_at <= window.ends_at

    assert [one.breaches for one in marking.verdicts()] == [
        sum(meet(window, one) for one in episodes) for window in spans
    ]
    assert marking.false_alarms == sum(
        not any(meet(window, one) for window in spans) for one in episodes
    )
