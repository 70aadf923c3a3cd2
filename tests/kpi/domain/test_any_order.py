"""The episodes are those of the whole history in its order, however its readings came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from helmlog_events.contracts.kpi import (
    BreachEpisode,
    KPIBreachRevised,
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from kpi_service.application import judging_again
from kpi_service.domain.threshold import rejudging
from kpi_service.domain.threshold.episode import as_told
from kpi_service.domain.threshold.policy import Policy, compile_policy, with_policy
from kpi_service.domain.threshold.state import NORMAL, ThresholdState, open_breach
from kpi_service.domain.threshold.telling import UNKNOWN, Known, evolve
from kpi_service.domain.threshold.timeline import Timeline

from tests.kpi.domain.builders import START, STEP, Sent, policy_set, rule
from tests.kpi.domain.memory import Memory
from tests.kpi.domain.whole_history import episodes_of

DURATIONS = {"PT30M": STEP, "PT1H": 2 * STEP, "PT3H": 6 * STEP}
END = START + 1_000 * STEP
SOURCES = ("a", "b", "formula")


@pytest.fixture(autouse=True, scope="module")
def _short_pages() -> Iterator[None]:
    """So that a short history has many pages and checkpoints."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rejudging, "CHECKPOINT_EVERY", 3)
        patch.setattr(judging_again, "_FIRST_PAGE", 2)
        patch.setattr(judging_again, "_PAGE", 3)
        yield


@st.composite
def policies(draw: st.DrawFn, number: int, periods: tuple[str | None, ...] = (None,)) -> Policy:
    sides = [(s, w) for s in ("warning", "critical") for w in ("above", "below")]
    rules = []
    for severity, when in draw(st.lists(st.sampled_from(sides), unique=True, max_size=4)):
        bound = draw(st.integers(12, 18) if when == "above" else st.integers(2, 8))
        slack = draw(st.integers(0, 3))
        rules.append(
            rule(
                severity=severity,
                when=when,
                value=str(bound),
                recover=str(bound - slack if when == "above" else bound + slack),
                for_readings=draw(st.integers(1, 3)),
                duration=draw(st.sampled_from([None, None, *DURATIONS])),
            )
        )
    no_data_after = draw(st.sampled_from([None, "PT1H", "PT3H"]))
    since = START + draw(st.integers(-1, 25)) * STEP
    on_no_data = draw(st.sampled_from(["ok", "ok", "keep"]))
    return compile_policy(
        policy_set(
            *rules,
            effective_from=since,
            no_data_after=no_data_after,
            on_no_data=on_no_data,
            period=draw(st.sampled_from(periods)),
        ),
        number,
    )


readings = st.builds(
    lambda place, value, source: Sent(
        source,
        START + place * STEP,
        None if value is None and source == "formula" else Decimal(value or 0),
    ),
    st.integers(0, 30),
    st.one_of(st.integers(-2, 22), st.none()),
    st.sampled_from(SOURCES),
)

# What may happen, in any order: a batch of readings, a policy set, time that passes.
doings = st.lists(
    st.one_of(
        st.lists(readings, min_size=1, max_size=12),
        st.lists(readings, min_size=1, max_size=2),
        st.integers(1, 1).flatmap(policies),
        st.integers(0, 40),
    ),
    max_size=14,
)


class Consumer:
    """Knows of a KPI's breaches what their events say."""

    def __init__(self) -> None:
        self.known: dict[Any, Known] = {}
        self.heard = 0

    def hear(self, memory: Memory) -> None:
        for event, occurred_at in memory.said[self.heard :]:
            known = self.known.get(event.breach_id, UNKNOWN)
            match event:
                case KPIThresholdBreached():
                    assert known is UNKNOWN
                    assert occurred_at == event.observed_at
                case KPIBreachRevised():
                    assert event.before == known.episode
                    assert by(event.before, occurred_at) == by(event.after, occurred_at)
                    then = occurred_at + timedelta(microseconds=1)
                    assert by(event.before, then) != by(event.after, then)
                    if event.merged_into is not None:
                        assert self.known[event.merged_into].episode is not None
                case KPIThresholdEscalated():
                    assert known.episode is not None
                    assert known.episode.recovered_at is None
                    assert known.episode.severities[-1].severity == event.previous
                case KPIThresholdRecovered():
                    assert known.episode is not None
                    assert known.episode.recovered_at is None
                    assert known.episode.severities[-1].severity == event.severity
                    assert (event.value is None) == (event.cause == "silence")
            self.known[event.breach_id] = evolve(known, event)
        self.heard = len(memory.said)

    @property
    def episodes(self) -> list[BreachEpisode]:
        found = [one.episode for one in self.known.values() if one.episode is not None]
        return sorted(
            found, key=lambda one: (one.severities[0].observed_at, one.recovered_at or END)
        )


def by(episode: BreachEpisode | None, moment: datetime) -> Any:
    """What had happened of it before `moment`."""
    if episode is None or episode.opened_at >= moment:
        return None
    severities = [one for one in episode.severities if one.observed_at < moment]
    over = episode.recovered_at is not None and episode.recovered_at < moment
    return (
        episode.opened_at,
        severities,
        (episode.rule, episode.trigger_readings) if severities else None,
        (episode.recovered_at, episode.value, episode.readings) if over else None,
    )


def do(memory: Memory, doing: Any) -> None:
    match doing:
        case Policy():
            number = 1 + max((one.number for one in memory.policies), default=0)
            memory.set_policies(*with_policy(memory.policies, replace(doing, number=number)))
        case int():
            memory.pass_time(START + doing * STEP + STEP / 2)
        case _:
            memory.ingest(*doing)


def in_order(memory: Memory) -> ThresholdState:
    timeline, state = Timeline(memory.policies), NORMAL
    for observation in memory.observations():
        state, _ = timeline.judge(state, observation)
    if memory.course.silent_until is not None:
        state, _ = timeline.fall_silent(state, memory.course.silent_until)
    return state


def agree(memory: Memory, consumer: Consumer) -> None:
    expected = episodes_of(memory.policies, memory.observations(), memory.course.silent_until)
    held = sorted(memory.episodes.values(), key=lambda one: one.triggered)
    assert [as_told(one) for one in held] == expected
    assert consumer.episodes == expected
    assert memory.state == in_order(memory)
    breach = memory.course.breach
    assert (breach is None) == (open_breach(memory.state) is None)
    assert breach is None or memory.episodes[breach.id] == breach.episode
    still_open = [one for one, known in memory.episodes.items() if known.ended is None]
    assert still_open == ([] if breach is None else [breach.id])


@settings(max_examples=300)
@given(doings)
def test_the_episodes_are_those_of_the_whole_history_whatever_came_when(doings):
    memory, consumer = Memory(), Consumer()
    for doing in doings:
        do(memory, doing)
        consumer.hear(memory)
        agree(memory, consumer)
    memory.pass_time(END)
    consumer.hear(memory)
    assert consumer.episodes == episodes_of(memory.policies, memory.observations(), END)


@settings(max_examples=100)
@given(doings)
def test_every_checkpoint_is_the_state_after_its_reading(doings):
    memory = Memory()
    for doing in doings:
        do(memory, doing)
    timeline, state, states = Timeline(memory.policies), NORMAL, {}
    for observation in memory.observations():
        state, _ = timeline.judge(state, observation)
        states[observation.place] = state
    for place, kept in memory.checkpoints.items():
        assert kept == states[place]


@given(
    st.lists(st.integers(0, 1).flatmap(policies), max_size=3),
    st.lists(readings, max_size=40, unique_by=lambda one: (one.observed_at, one.source)),
    st.lists(st.integers(0, 40), max_size=4),
)
def test_what_comes_in_order_is_never_revised(some, arriving, cuts):
    memory = Memory()
    for number, one in enumerate(some, start=1):
        memory.policies = with_policy(memory.policies, replace(one, number=number))
    arriving.sort(key=lambda one: (one.observed_at, one.source))
    edges = [0, *sorted(cut for cut in cuts if cut < len(arriving)), len(arriving)]
    for start, end in pairwise(edges):
        memory.ingest(*arriving[start:end])
    assert memory.judged_again == []
    assert not any(isinstance(one.event, KPIBreachRevised) for one in memory.said)
    consumer = Consumer()
    consumer.hear(memory)
    agree(memory, consumer)
    # One breach, one event, and never two at once.
    told = [one.event for one in memory.said if not isinstance(one.event, KPIThresholdEscalated)]
    for before, after in pairwise(told):
        assert isinstance(before, KPIThresholdBreached) != isinstance(after, KPIThresholdBreached)


@given(doings)
def test_what_is_sent_again_changes_and_says_nothing(doings):
    memory = Memory()
    for doing in doings:
        do(memory, doing)
    said, episodes, state = list(memory.said), dict(memory.episodes), memory.state
    for (source, at), row in sorted(memory.rows.items()):
        memory.ingest(Sent(source, at, row.value))
    assert (memory.said, memory.episodes, memory.state) == (said, episodes, state)


@given(doings, st.integers(0, 30))
def test_time_that_passes_twice_says_nothing_the_second_time(doings, moment):
    memory = Memory()
    for doing in doings:
        do(memory, doing)
    now = START + moment * STEP + timedelta(seconds=1)
    memory.pass_time(now)
    said = list(memory.said)
    memory.pass_time(now)
    assert memory.said == said


@given(doings, st.integers(0, 30), doings)
def test_what_was_told_of_readings_put_away_stays(before, edge, after):
    memory, consumer = Memory(), Consumer()
    for doing in before:
        do(memory, doing)
    moment = START + edge * STEP
    consumer.hear(memory)
    memory.put_away(moment)
    gone = {
        one: episode
        for one, episode in memory.episodes.items()
        if episode.ended is not None and episode.ended.place[0] < moment
    }
    for doing in after:
        if isinstance(doing, list):
            doing = [one for one in doing if one.observed_at >= moment]  # noqa: PLW2901 - rejected
        do(memory, doing)
        consumer.hear(memory)
    assert gone.items() <= memory.episodes.items()
    held = sorted(memory.episodes.values(), key=lambda one: one.triggered)
    assert consumer.episodes == [as_told(one) for one in held]
