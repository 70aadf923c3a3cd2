"""Who owes a check-in since when, and what is said of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from helmlog_events.contracts.okr import (
    CheckInDue,
    CheckInRecorded,
    CycleActivated,
    CycleSettings,
    KeyResultCancelled,
)
from helmlog_events.ids import created_at, new_id
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.board import sheet_of
from okr_service.domain.due import due_check_in
from okr_service.domain.key_result.remind import RemindOfCheckIn, remind

from tests.okr.domain.examples import (
    CHECK_IN_ID,
    CYCLE_ID,
    DAY_45,
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
    review_started,
)

DAY = timedelta(days=1)
WEEK = 7 * DAY
fortnightly = drafted.model_copy(update={"cadence_days": 14})


def heard(at: datetime) -> CheckInRecorded:
    return CheckInRecorded(
        check_in_id=CHECK_IN_ID,
        key_result_id=KEY_RESULT_ID,
        objective_id=OBJECTIVE_ID,
        cycle_id=CYCLE_ID,
        confidence=5,
        observed_at=at,
    )


def due_at(*key_result: object, objective=None, cycle=None) -> datetime | None:
    state = a_key_result(*(key_result or (added(),)))
    due = due_check_in(sheet_of(state, 1), objective or an_objective(), cycle or a_cycle())
    return None if due is None else due.due_at


def reminders(at: datetime, *key_result: object, objective=None, cycle=None) -> list[CheckInDue]:
    command = RemindOfCheckIn(KEY_RESULT_ID, objective or an_objective(), cycle or a_cycle(), at)
    return list(remind(command, a_key_result(*(key_result or (added(),)))))


def said(at: datetime) -> CheckInDue:
    (event,) = reminders(at)
    return event


def test_the_first_check_in_is_due_a_cadence_after_activation():
    assert due_at() == START + WEEK
    late = CycleActivated(cycle_id=CYCLE_ID, at=START + 20 * DAY)
    assert due_at(cycle=a_cycle(opened, late)) == START + 20 * DAY + WEEK


def test_an_activation_before_the_start_counts_from_the_start():
    early = CycleActivated(cycle_id=CYCLE_ID, at=START - 20 * DAY)
    assert due_at(cycle=a_cycle(opened, early)) == START + WEEK


def test_a_key_result_added_later_has_its_own_first_week():
    day_30 = int((START + 30 * DAY).timestamp() * 1000)
    key = UUID(int=(day_30 << 80) | (7 << 76) | (2 << 62))
    assert due_at(added(key_result_id=key)) == START + 30 * DAY + WEEK


def test_an_id_tells_when_it_was_made():
    before = datetime.now(UTC)
    made = created_at(new_id())
    assert before - timedelta(milliseconds=1) <= made <= datetime.now(UTC)
    assert created_at(KEY_RESULT_ID) is None


def test_the_next_is_due_a_cadence_after_it_was_last_heard_of():
    assert due_at(added(), heard(DAY_45)) == DAY_45 + WEEK


def test_the_cadence_is_the_cycles_or_the_objectives_own():
    settings = CycleSettings(cadence_days=30)
    monthly = opened.model_copy(update={"settings": settings})
    assert due_at(cycle=a_cycle(monthly, activated)) == START + 30 * DAY
    objective = an_objective(fortnightly, proposed, accepted)
    assert due_at(cycle=a_cycle(monthly, activated), objective=objective) == START + 14 * DAY


@pytest.mark.parametrize(
    "history", [(opened,), (opened, activated, review_started),
                (opened, activated, review_started, closed)],
)  # fmt: skip
def test_nothing_is_due_in_a_cycle_that_is_not_active(history):
    assert due_at(cycle=a_cycle(*history)) is None


@pytest.mark.parametrize(
    "history", [(drafted,), (drafted, proposed), (drafted, proposed, accepted, objective_closed)]
)
def test_nothing_is_due_for_an_objective_that_is_not_active(history):
    assert due_at(objective=an_objective(*history)) is None


def test_nothing_is_due_for_what_was_cancelled():
    cancelled = KeyResultCancelled(
        key_result_id=KEY_RESULT_ID, objective_id=OBJECTIVE_ID, cycle_id=CYCLE_ID, reason="no more"
    )
    assert due_at(added(), cancelled) is None


def test_nothing_is_due_after_the_end():
    assert due_at(added(), heard(END - 6 * DAY)) is None
    assert due_at(added(), heard(END - 8 * DAY)) == END - DAY


def test_nothing_is_said_before_it_is_due_nor_after_the_cycle():
    assert reminders(START + WEEK - timedelta(microseconds=1)) == []
    assert reminders(END) == []


def test_what_is_due_is_said_once_with_who_owes_it():
    events = reminders(START + WEEK, added(owner="sales-lead"))
    assert events == [
        CheckInDue(
            key_result_id=KEY_RESULT_ID,
            objective_id=OBJECTIVE_ID,
            cycle_id=CYCLE_ID,
            owner="sales-lead",
            due_at=START + WEEK,
        )
    ]
    assert reminders(START + WEEK + DAY, added(), *events) == []


def test_the_owner_of_the_objective_owes_what_nobody_owns():
    objective = an_objective(
        drafted.model_copy(update={"owner": "marketing-lead"}), proposed, accepted
    )
    (event,) = reminders(START + WEEK, objective=objective)
    assert event.owner == "marketing-lead"


def test_it_is_said_again_after_each_further_cadence():
    first = said(START + WEEK)
    (second,) = reminders(START + 2 * WEEK, added(), first)
    assert second.due_at == START + 2 * WEEK


def test_of_several_that_were_missed_the_last_is_said():
    assert said(START + 5 * WEEK + DAY).due_at == START + 5 * WEEK


def test_being_heard_of_starts_anew():
    first = said(START + WEEK)
    heard_later = (added(), first, heard(START + 10 * DAY))
    assert reminders(START + 2 * WEEK, *heard_later) == []
    (event,) = reminders(START + 17 * DAY, *heard_later)
    assert (event.due_at, event.last_heard_at) == (START + 17 * DAY, START + 10 * DAY)


def test_another_cadence_moves_what_is_due_next():
    first = said(START + WEEK)
    monthly = opened.model_copy(update={"settings": CycleSettings(cadence_days=30)})
    cycle = a_cycle(monthly, activated)
    assert reminders(START + 2 * WEEK, added(), first, cycle=cycle) == []
    (event,) = reminders(START + 30 * DAY, added(), first, cycle=cycle)
    assert event.due_at == START + 30 * DAY


@given(st.lists(st.integers(0, 100), max_size=30))
def test_whenever_it_is_looked_nothing_is_said_twice_or_too_soon(days):
    told: list[CheckInDue] = []
    for day in sorted(days):
        told += reminders(START + day * DAY, added(), *told)
    moments = [event.due_at for event in told]
    assert moments == sorted(set(moments))
    assert all((moment - START) % WEEK == timedelta(0) for moment in moments)
    looked = [day for day in days if 7 <= day < 90]
    assert len(moments) == len({day // 7 for day in looked})
