"""Thresholds on the values of periods: the same episodes, however the readings came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kpi_service.application import judging_again, judging_periods
from kpi_service.domain.threshold import rejudging
from kpi_service.domain.threshold.episode import as_told
from kpi_service.domain.threshold.observation import Observation
from kpi_service.domain.threshold.state import open_breach

from tests.kpi.domain.builders import START, STEP
from tests.kpi.domain.memory import Memory
from tests.kpi.domain.test_any_order import Consumer, do, policies, readings
from tests.kpi.domain.whole_history import episodes_of, judged_of

END = START + timedelta(days=40)

doings = st.lists(
    st.one_of(
        st.lists(readings, min_size=1, max_size=12),
        st.lists(readings, min_size=1, max_size=2),
        st.integers(1, 1).flatmap(lambda number: policies(number, ("hour", "hour", "day", None))),
        st.integers(0, 60),
    ),
    max_size=14,
)


@pytest.fixture(autouse=True, scope="module")
def _short_pages() -> Iterator[None]:
    """So that a short history has many pages and checkpoints."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rejudging, "CHECKPOINT_EVERY", 3)
        patch.setattr(judging_again, "_FIRST_PAGE", 2)
        patch.setattr(judging_again, "_PAGE", 3)
        patch.setattr(judging_periods, "PAGE", 3)
        yield


def judged(memory: Memory, front: datetime) -> list[Observation]:
    return judged_of(memory.policies, memory.observations(), front, counter=memory.counter)


def agree(memory: Memory, consumer: Consumer) -> None:
    course = memory.course
    history = memory.observations()
    if course.is_by_period:
        until = course.front
        expected = episodes_of(memory.policies, judged(memory, until), until, history)
    else:
        expected = episodes_of(memory.policies, history, course.silent_until)
    held = sorted(memory.episodes.values(), key=lambda one: one.triggered)
    assert [as_told(one) for one in held] == expected
    assert consumer.episodes == expected
    breach = course.breach
    assert (breach is None) == (open_breach(memory.state) is None)
    assert breach is None or memory.episodes[breach.id] == breach.episode


@settings(max_examples=200)
@given(doings, st.booleans())
def test_the_episodes_are_those_of_the_whole_history_whatever_came_when(doings, counter):
    memory, consumer = Memory(counter=counter), Consumer()
    for doing in doings:
        do(memory, doing)
        consumer.hear(memory)
        agree(memory, consumer)
    memory.pass_time(END)
    consumer.hear(memory)
    agree(memory, consumer)


@given(doings, st.booleans(), st.integers(0, 60))
def test_time_that_passes_twice_says_nothing_the_second_time(doings, counter, moment):
    memory = Memory(counter=counter)
    for doing in doings:
        do(memory, doing)
    now = START + moment * STEP + timedelta(seconds=1)
    memory.pass_time(now)
    said = list(memory.said)
    memory.pass_time(now)
    assert memory.said == said
