"""The state machine against a plain model that looks at the whole history each time."""

from decimal import Decimal
from itertools import pairwise

from helmlog_events.contracts.kpi import (
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
)
from hypothesis import given
from hypothesis import strategies as st
from kpi_service.domain.threshold.observation import Observation
from kpi_service.domain.threshold.policy import RANK, Policy, Rule
from kpi_service.domain.threshold.state import NORMAL, open_breach

from tests.kpi.domain.builders import START, STEP, judge_all, policy, rule


@st.composite
def policies(draw):
    rules = []
    for severity, when in draw(
        st.lists(
            st.sampled_from([(s, w) for s in ("warning", "critical") for w in ("above", "below")]),
            unique=True,
            max_size=4,
        )
    ):
        bound = draw(st.integers(12, 20) if when == "above" else st.integers(0, 8))
        slack = draw(st.integers(0, 3))
        rules.append(
            rule(
                severity=severity,
                when=when,
                value=str(bound),
                recover=str(bound - slack if when == "above" else bound + slack),
                for_readings=draw(st.integers(1, 4)),
                duration=draw(st.sampled_from([None, "PT30M", "PT1H", "PT3H"])),
            )
        )
    return policy(*rules)


@st.composite
def series(draw):
    values = draw(st.lists(st.integers(-2, 22), max_size=60))
    gaps = draw(st.lists(st.integers(1, 4), min_size=len(values), max_size=len(values)))
    readings, moment = [], START
    for value, gap in zip(values, gaps, strict=True):
        moment += gap * STEP
        readings.append(Observation(moment, Decimal(value)))
    return readings


def began_to_fire(one: Rule, readings: list[Observation], at: int) -> bool:
    start = at
    while start >= 0 and one.is_breached_by(readings[start].value):
        start -= 1
    run = readings[start + 1 : at + 1]
    return len(run) >= one.for_readings and run[-1].observed_at - run[0].observed_at >= (
        one.for_duration
    )


def fires(one: Rule, readings: list[Observation], at: int) -> bool:
    for place in range(at, -1, -1):
        if one.is_recovered_by(readings[place].value):
            return False
        if one.is_breached_by(readings[place].value) and began_to_fire(one, readings, place):
            return True
    return False


def severity_of(by: Policy, readings: list[Observation], at: int) -> str | None:
    firing = [one.severity for one in by.rules if fires(one, readings, at)]
    return max(firing, key=RANK.__getitem__, default=None)


def told(by: Policy, readings: list[Observation]) -> list[tuple]:
    story, before = [], None
    for at, reading in enumerate(readings):
        now = severity_of(by, readings, at)
        if now != before:
            story.append((reading.observed_at, before, now))
        before = now
    return story


def as_told(events) -> list[tuple]:
    story, severity = [], None
    for event in events:
        match event:
            case KPIThresholdBreached():
                assert severity is None
                story.append((event.observed_at, None, event.severity))
                severity = event.severity
            case KPIThresholdEscalated():
                story.append((event.observed_at, event.previous, event.severity))
                severity = event.severity
            case KPIThresholdRecovered():
                assert event.severity == severity
                story.append((event.observed_at, severity, None))
                severity = None
    return story


@given(policies(), series())
def test_it_says_what_a_plain_model_says(by, readings):
    state, events = judge_all(by, readings)
    assert as_told(events) == told(by, readings)
    now = severity_of(by, readings, len(readings) - 1) if readings else None
    breach = open_breach(state)
    assert (breach.severity if breach else None) == now


@given(policies(), series())
def test_an_episode_counts_its_readings_from_the_first_bad_one(by, readings):
    _, events = judge_all(by, readings)
    moments = [reading.observed_at for reading in readings]
    opened = {e.breach_id: e for e in events if isinstance(e, KPIThresholdBreached)}
    for event in events:
        if isinstance(event, KPIThresholdRecovered):
            first = moments.index(opened[event.breach_id].opened_at)
            assert event.readings == moments.index(event.observed_at) - first


@given(policies(), series())
def test_after_a_recovery_only_another_breach_can_follow(by, readings):
    _, events = judge_all(by, readings)
    for before, after in pairwise(events):
        if isinstance(before, KPIThresholdRecovered):
            assert isinstance(after, KPIThresholdBreached)
            assert after.breach_id != before.breach_id


@given(policies(), series())
def test_a_value_between_floor_and_ceiling_leaves_normal_as_it_is(by, readings):
    inside = [one for one in readings if by.floor <= one.value <= by.ceiling]
    assert judge_all(by, inside) == (NORMAL, [])
