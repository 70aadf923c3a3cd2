"""Cycles within cycles, revised while they are planned and while they run."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from helmlog_events.contracts.okr import (
    ChildCycleAttached,
    ChildCycleDetached,
    CycleActivated,
    CycleOpened,
    CycleRevised,
)
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain.cycle import commands, refusals
from okr_service.domain.cycle.decide import decide
from okr_service.domain.cycle.plan import plan_of
from okr_service.domain.cycle.state import evolve, initial_state

from tests.okr.domain.examples import (
    CYCLE_ID,
    END,
    START,
    a_cycle,
    activated,
    closed,
    opened,
    review_started,
)

spec = DeciderTest(decide, evolve, initial_state())
RUNNING = (opened, activated)
YEAR_ID = UUID(int=100)
YEAR = CycleOpened(
    cycle_id=YEAR_ID,
    name="2026",
    kind="year",
    starts_on=date(2026, 1, 1),
    ends_on=date(2026, 12, 31),
    timezone="Pacific/Auckland",
)
of_year = {"cycle_id": YEAR_ID}
YEAR_ACTIVE = (YEAR, activated.model_copy(update=of_year))
YEAR_CLOSED = (
    *YEAR_ACTIVE,
    review_started.model_copy(update=of_year),
    closed.model_copy(update=of_year),
)


def open_in(*parent: object, **fields: object) -> commands.OpenCycle:
    known = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 3, 31), **fields}
    return commands.OpenCycle(
        CYCLE_ID, "Q1", "quarter", timezone="UTC", parent=a_cycle(*parent), **known
    )


def revise(*, history=(opened,), parent=None, ancestors=(), children=(), **changes: object):
    plan = plan_of(a_cycle(*history).facts).model_copy(update=changes)
    return commands.ReviseCycle(
        CYCLE_ID, "better so", plan, parent, frozenset(ancestors), tuple(children)
    )


def revised(history=(opened,), **changes: object) -> CycleRevised:
    before = plan_of(a_cycle(*history).facts)
    after = before.model_copy(update=changes)
    return CycleRevised(cycle_id=CYCLE_ID, reason="better so", before=before, after=after)


def test_a_quarter_lies_in_a_year_whatever_their_timezones():
    expected = opened.model_copy(update={"parent_id": YEAR_ID})
    spec.given().when(open_in(YEAR)).then(expected)


@pytest.mark.parametrize(
    "dates", [{"starts_on": date(2025, 12, 31)}, {"ends_on": date(2027, 1, 1)}]
)
def test_a_cycle_cannot_stick_out_of_the_one_it_lies_in(dates):
    refusal = refusals.OutsideParentCycle("2026", YEAR.starts_on, YEAR.ends_on)
    spec.given().when(open_in(YEAR, **dates)).then_refused(refusal)


def test_nothing_joins_a_closed_cycle():
    refusal = refusals.ParentCycleIsClosed(YEAR_ID)
    spec.given().when(open_in(*YEAR_CLOSED)).then_refused(refusal)
    attach = commands.AttachChild(YEAR_ID, CYCLE_ID)
    spec.given(*YEAR_CLOSED).when(attach).then_refused(refusal)


def test_a_cycle_knows_what_lies_in_it():
    attach = commands.AttachChild(YEAR_ID, CYCLE_ID)
    detach = commands.DetachChild(YEAR_ID, CYCLE_ID)
    attached = ChildCycleAttached(cycle_id=YEAR_ID, child_id=CYCLE_ID)
    detached = ChildCycleDetached(cycle_id=YEAR_ID, child_id=CYCLE_ID)
    spec.given(YEAR).when(attach).then(attached)
    spec.given(YEAR, attached).when(attach).then_nothing()
    spec.given(YEAR, attached).when(detach).then(detached)
    spec.given(YEAR, attached, detached).when(detach).then_nothing()
    assert a_cycle(YEAR, attached).facts.child_ids == (CYCLE_ID,)
    assert a_cycle(YEAR, attached, detached).facts.child_ids == ()


def test_there_is_no_joining_a_cycle_that_does_not_exist():
    refusal = refusals.UnknownParentCycle(YEAR_ID)
    spec.given().when(commands.AttachChild(YEAR_ID, CYCLE_ID)).then_refused(refusal)


@pytest.mark.parametrize("history", [(opened, activated), (opened, activated, review_started)])
def test_a_year_is_not_closed_while_a_quarter_in_it_runs(history):
    close = commands.CloseCycle(YEAR_ID, END, (a_cycle(*history),))
    spec.given(*YEAR_ACTIVE).when(close).then_refused(refusals.ChildCyclesOpen(["Q1"]))


@pytest.mark.parametrize("history", [(opened,), (opened, activated, review_started, closed)])
def test_a_year_is_closed_over_quarters_that_are_done_or_were_only_planned(history):
    close = commands.CloseCycle(YEAR_ID, END, (a_cycle(*history),))
    decided = decide(close, a_cycle(*YEAR_ACTIVE))
    assert [event.event_type for event in decided] == ["CycleReviewStarted", "CycleClosed"]


def test_nothing_starts_to_run_in_a_closed_year():
    parent = a_cycle(*YEAR_CLOSED)
    refusal = refusals.ParentCycleIsClosed(YEAR_ID)
    activate = commands.ActivateCycle(CYCLE_ID, START, parent)
    spec.given(opened).when(activate).then_refused(refusal)
    reopen = commands.ReopenCycle(CYCLE_ID, "a number was wrong", END, parent)
    spec.given(opened, activated, review_started, closed).when(reopen).then_refused(refusal)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Q1 2026"},
        {"kind": "custom"},
        {"starts_on": date(2025, 12, 1)},
        {"ends_on": date(2026, 4, 30)},
        {"timezone": "Europe/Berlin"},
    ],
)
def test_all_of_a_plan_may_change_while_it_is_planned_both_old_and_new_kept(changes):
    spec.given(opened).when(revise(**changes)).then(revised(**changes))


@pytest.mark.parametrize("history", [RUNNING, (*RUNNING, review_started)])
def test_a_cycle_that_runs_changes_its_end_and_its_name_only(history):
    for changes in ({"name": "Q1 2026"}, {"ends_on": date(2026, 4, 30)}):
        given = spec.given(*history)
        given.when(revise(history=history, **changes)).then(revised(history, **changes))
    for field, value in (
        ("kind", "custom"),
        ("starts_on", date(2025, 12, 1)),
        ("timezone", "Europe/Berlin"),
        ("parent_id", YEAR_ID),
    ):
        when = spec.given(*history).when(revise(history=history, **{field: value}))
        when.then_refused(refusals.PlanSettled(field))


def test_a_closed_cycle_is_not_revised():
    history = (*RUNNING, review_started, closed)
    when = spec.given(*history).when(revise(history=history, name="Q1 2026"))
    when.then_refused(refusals.CycleIsClosed(CYCLE_ID))


def test_a_revision_that_changes_nothing_says_nothing():
    spec.given(opened).when(revise()).then_nothing()


def test_revised_dates_are_dates_a_cycle_can_have():
    ends_on = date(2025, 12, 31)
    refusal = refusals.CycleEndsBeforeItStarts(opened.starts_on, ends_on)
    spec.given(opened).when(revise(ends_on=ends_on)).then_refused(refusal)
    refusal = refusals.UnknownTimezone("Atlantis/Capital")
    spec.given(opened).when(revise(timezone="Atlantis/Capital")).then_refused(refusal)


def test_a_cycle_cannot_end_before_it_was_activated():
    late = CycleActivated(cycle_id=CYCLE_ID, at=START + timedelta(days=20))
    history = (opened, late)
    day = date(2026, 1, 20)
    refusal = refusals.CycleEndsBeforeActivation(day, late.at)
    given = spec.given(*history)
    given.when(revise(history=history, ends_on=day)).then_refused(refusal)
    later = {"ends_on": date(2026, 1, 21)}
    given.when(revise(history=history, **later)).then(revised(history, **later))


def test_an_activation_told_years_later_holds_no_date():
    told = CycleActivated(cycle_id=CYCLE_ID, at=END + timedelta(days=2000))
    history, sooner = (opened, told), {"ends_on": date(2026, 1, 5)}
    when = spec.given(*history).when(revise(history=history, **sooner))
    when.then(revised(history, **sooner))


def test_a_year_stays_around_its_quarters():
    quarter = a_cycle(opened)
    refusal = refusals.ChildCycleOutside("Q1", opened.starts_on, opened.ends_on)
    for changes in ({"starts_on": date(2026, 1, 2)}, {"ends_on": date(2026, 3, 30)}):
        plan = plan_of(a_cycle(YEAR).facts).model_copy(update=changes)
        command = commands.ReviseCycle(YEAR_ID, "better so", plan, children=(quarter,))
        spec.given(YEAR).when(command).then_refused(refusal)


def test_a_cycle_does_not_come_to_lie_in_itself():
    command = revise(parent=a_cycle(YEAR), ancestors=(YEAR_ID, CYCLE_ID), parent_id=YEAR_ID)
    spec.given(opened).when(command).then_refused(refusals.CycleNestsInItself(CYCLE_ID))


def test_a_renamed_cycle_may_stand_in_a_parent_that_closed_meanwhile():
    inner = opened.model_copy(update={"parent_id": YEAR_ID})
    command = revise(history=(inner,), parent=a_cycle(*YEAR_CLOSED), name="Q1 2026")
    spec.given(inner).when(command).then(revised((inner,), name="Q1 2026"))
