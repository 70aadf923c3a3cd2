from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from helmlog_events.contracts.okr import (
    OrganisationUnitAdded,
    OrganisationUnitClosed,
    OrganisationUnitMoved,
    OrganisationUnitRenamed,
    PersonJoined,
    PersonLeft,
    PersonMoved,
    PersonRenamed,
)
from helmlog_events.testing.decider import DeciderTest
from hypothesis import given, settings
from hypothesis import strategies as st
from okr_service.domain.changes import ChangeOutsideCalendar
from okr_service.domain.organisation import commands, refusals
from okr_service.domain.organisation.decide import decide
from okr_service.domain.organisation.state import Organisation, evolve, initial_state
from okr_service.domain.organisation.tree import tree_at
from okr_service.domain.refusals import Refusal
from okr_service.domain.told import Told

from tests.okr.domain.examples import START

spec = DeciderTest(decide, evolve, initial_state())


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def on(number: int, event) -> Told:
    return Told(event, day(number), "user-1")


def unit(slug: str, parent: str | None = None, kind: str = "department", name: str | None = None):
    return OrganisationUnitAdded(unit=slug, name=name or slug, kind=kind, parent=parent)


def moved(slug: str, parent: str | None):
    return OrganisationUnitMoved(unit=slug, parent=parent)


def joined(slug: str, place: str):
    return PersonJoined(person=slug, name=slug, unit=place)


company = on(0, unit("acme", kind="company"))
sales = on(0, unit("sales", "acme"))
marketing = on(0, unit("marketing", "acme"))
closed = OrganisationUnitClosed(unit="sales", reason="merged")
ann = on(0, joined("ann", "sales"))
add = commands.AddUnit("sales", "sales", "department", "acme", day(1))
close = commands.CloseUnit("sales", "merged", day(5))


def organisation_of(*told: Told) -> Organisation:
    state = initial_state()
    for one in told:
        state = evolve(state, one)
    return state


def test_a_unit_is_added_under_another():
    spec.given(company).when(add).then(unit("sales", "acme"))


def test_there_may_be_several_roots():
    root = commands.AddUnit("other", "other", "team", None, day(1))
    spec.given(company).when(root).then(unit("other", kind="team"))


@pytest.mark.parametrize("history", [(company, sales), (company, on(0, joined("sales", "acme")))])
def test_units_and_people_share_their_slugs(history):
    spec.given(*history).when(add).then_refused(refusals.SlugTaken("sales"))


def test_the_slug_of_a_closed_unit_is_not_given_again():
    spec.given(company, sales, on(1, closed)).when(add).then_refused(refusals.SlugTaken("sales"))


def test_a_parent_is_known():
    spec.given().when(add).then_refused(refusals.PlaceUnknown("acme", "parent"))


def test_a_parent_was_there_by_then():
    late = on(2, unit("acme", kind="company"))
    spec.given(late).when(add).then_refused(refusals.PlaceNotOpen("acme", day(1), "parent"))


def test_a_parent_is_not_to_be_closed_later():
    closing = on(9, OrganisationUnitClosed(unit="acme", reason="sold"))
    refusal = refusals.PlaceNotOpen("acme", day(9), "parent")
    spec.given(company, closing).when(add).then_refused(refusal)


@pytest.mark.parametrize(
    ("kind", "parent", "allowed"),
    [
        ("company", "company", True),
        ("department", "company", True),
        ("team", "company", True),
        ("department", "department", True),
        ("team", "team", True),
        ("company", "department", False),
        ("department", "team", False),
    ],
)
def test_companies_hold_departments_and_departments_teams(kind, parent, allowed):
    when = spec.given(on(0, unit("above", kind=parent))).when(
        commands.AddUnit("below", "below", kind, "above", day(1))
    )
    if allowed:
        when.then(unit("below", "above", kind))
    else:
        when.then_refused(refusals.KindOutOfOrder(kind, parent))


def test_a_rename_leaves_the_past_its_name():
    rename = commands.RenameUnit("sales", "Revenue", day(5))
    event = OrganisationUnitRenamed(unit="sales", name="Revenue")
    spec.given(company, sales).when(rename).then(event)
    state = organisation_of(company, sales, on(5, event))
    assert [state.name_at("sales", day(n)) for n in (4, 5)] == ["sales", "Revenue"]


def test_asked_twice_a_change_is_made_once():
    renamed = on(5, OrganisationUnitRenamed(unit="sales", name="Revenue"))
    history = spec.given(company, sales, renamed, ann)
    history.when(commands.RenameUnit("sales", "Revenue", day(6))).then_nothing()
    history.when(commands.MoveUnit("sales", "acme", day(6))).then_nothing()
    history.when(commands.RenamePerson("ann", "ann", day(6))).then_nothing()
    history.when(commands.MovePerson("ann", "sales", day(6))).then_nothing()
    gone = spec.given(company, sales, ann, on(1, PersonLeft(person="ann")), on(2, closed))
    gone.when(commands.LeavePerson("ann", day(3))).then_nothing()
    gone.when(close).then_nothing()


def test_a_change_recorded_later_of_an_earlier_time_leaves_what_is_known_of_later_times():
    told = [
        company,
        sales,
        marketing,
        on(5, moved("sales", "marketing")),
        on(3, moved("sales", None)),
    ]
    state = organisation_of(*told)
    parents = [state.units["sales"].parent_at(day(n)) for n in (2, 3, 5)]
    assert parents == ["acme", None, "marketing"]


def test_a_unit_is_changed_while_it_is_open():
    late = spec.given(company, on(5, unit("sales", "acme")), on(6, closed))
    early = commands.RenameUnit("sales", "Revenue", day(4))
    late.when(early).then_refused(refusals.UnitNotThere("sales", day(4)))
    after = commands.MoveUnit("sales", None, day(6))
    late.when(after).then_refused(refusals.UnitNotThere("sales", day(6)))
    before = commands.CloseUnit("sales", "merged", day(4))
    late.when(before).then_refused(refusals.UnitNotThere("sales", day(4)))


def test_a_unit_is_no_part_of_itself():
    team = on(0, unit("team", "sales"))
    for parent in ("sales", "team"):
        refusal = refusals.UnitWithinItself("sales", parent, day(1))
        move = commands.MoveUnit("sales", parent, day(1))
        spec.given(company, sales, team).when(move).then_refused(refusal)


def test_nor_will_it_be_when_a_planned_move_comes_true():
    planned = on(8, moved("marketing", "sales"))
    move = commands.MoveUnit("sales", "marketing", day(2))
    refusal = refusals.UnitWithinItself("sales", "marketing", day(8))
    spec.given(company, sales, marketing, planned).when(move).then_refused(refusal)


def test_a_move_that_ends_before_the_loop_would_close_is_fine():
    planned = on(8, moved("marketing", "sales"))
    away = on(7, moved("sales", "acme"))
    back = on(1, moved("sales", None))
    move = commands.MoveUnit("sales", "marketing", day(2))
    history = spec.given(company, sales, marketing, planned, back, away)
    history.when(move).then(moved("sales", "marketing"))


def test_a_unit_is_closed_when_nothing_is_left_in_it():
    spec.given(company, sales).when(close).then(closed)


@pytest.mark.parametrize("since", [0, 9])
def test_a_unit_with_parts_is_not_closed_nor_one_that_is_to_have_them(since):
    part = on(since, unit("team", "sales"))
    refusal = refusals.UnitHasParts("sales", "team")
    spec.given(company, sales, part).when(close).then_refused(refusal)


def test_parts_that_were_closed_before_do_not_hold_it():
    part = on(0, unit("team", "sales"))
    over = on(4, OrganisationUnitClosed(unit="team", reason="done"))
    spec.given(company, sales, part, over).when(close).then(closed)


@pytest.mark.parametrize("since", [0, 9])
def test_a_unit_in_which_people_work_is_not_closed(since):
    person = on(since, joined("ann", "sales"))
    refusal = refusals.UnitHasPeople("sales", "ann")
    spec.given(company, sales, person).when(close).then_refused(refusal)


def test_a_planned_closing_may_be_brought_forward():
    spec.given(company, sales, on(9, closed)).when(close).then(closed)
    state = organisation_of(company, sales, on(9, closed), on(5, closed))
    assert not state.units["sales"].is_open(day(5))


def test_people_join_move_and_leave():
    join = commands.JoinPerson("ann", "ann", "sales", day(1))
    spec.given(company, sales).when(join).then(joined("ann", "sales"))
    move = commands.MovePerson("ann", "marketing", day(3))
    went = PersonMoved(person="ann", unit="marketing")
    spec.given(company, sales, marketing, ann).when(move).then(went)
    leave = commands.LeavePerson("ann", day(5))
    spec.given(company, sales, ann).when(leave).then(PersonLeft(person="ann"))
    rename = commands.RenamePerson("ann", "Anna", day(5))
    renamed = PersonRenamed(person="ann", name="Anna")
    spec.given(company, sales, ann).when(rename).then(renamed)


def test_who_is_there_does_not_join_again():
    join = commands.JoinPerson("ann", "ann", "sales", day(1))
    spec.given(company, sales, ann).when(join).then_refused(refusals.SlugTaken("ann"))


def test_who_has_left_does_not_move_but_may_join_again():
    left = on(4, PersonLeft(person="ann"))
    history = spec.given(company, sales, marketing, ann, left)
    move = commands.MovePerson("ann", "marketing", day(5))
    history.when(move).then_refused(refusals.PersonNotThere("ann", day(5)))
    join = commands.JoinPerson("ann", "ann", "marketing", day(6))
    history.when(join).then(joined("ann", "marketing"))


def test_a_move_planned_before_leaving_comes_to_nothing():
    planned = on(8, PersonMoved(person="ann", unit="marketing"))
    left = on(4, PersonLeft(person="ann"))
    for told in ((planned, left), (left, planned)):
        state = organisation_of(company, sales, marketing, ann, *told)
        assert [state.people["ann"].unit_at(day(n)) for n in (3, 4, 8)] == ["sales", None, None]


def test_to_come_back_may_not_revive_a_move_into_what_was_closed_meanwhile():
    planned = on(8, PersonMoved(person="ann", unit="marketing"))
    left = on(4, PersonLeft(person="ann"))
    over = on(7, OrganisationUnitClosed(unit="marketing", reason="done"))
    join = commands.JoinPerson("ann", "ann", "sales", day(6))
    refusal = refusals.PlaceNotOpen("marketing", day(8), "unit")
    spec.given(company, sales, marketing, ann, planned, left, over).when(join).then_refused(refusal)


@pytest.mark.parametrize(
    ("place", "refusal"),
    [
        ("nowhere", refusals.PlaceUnknown("nowhere", "unit")),
        ("sales", refusals.PlaceNotOpen("sales", day(6), "unit")),
    ],
)
def test_people_work_in_units_that_are_open(place, refusal):
    history = spec.given(company, sales, on(0, joined("ann", "acme")), on(5, closed))
    history.when(commands.JoinPerson("bob", "bob", place, day(6))).then_refused(refusal)
    history.when(commands.MovePerson("ann", place, day(6))).then_refused(refusal)


def test_before_joining_nobody_is_there():
    late = on(5, joined("ann", "sales"))
    refusal = refusals.PersonNotThere("ann", day(4))
    for command in (
        commands.RenamePerson("ann", "Anna", day(4)),
        commands.MovePerson("ann", "acme", day(4)),
        commands.LeavePerson("ann", day(4)),
    ):
        spec.given(company, sales, late).when(command).then_refused(refusal)


@pytest.mark.parametrize(
    "command",
    [
        commands.RenameUnit("sales", "x", day(1)),
        commands.MoveUnit("sales", None, day(1)),
        close,
    ],
)
def test_nothing_is_done_to_a_unit_that_is_unknown(command):
    spec.given(company).when(command).then_refused(refusals.UnknownUnit("sales"))


@pytest.mark.parametrize(
    "command",
    [
        commands.RenamePerson("ann", "x", day(1)),
        commands.MovePerson("ann", "acme", day(1)),
        commands.LeavePerson("ann", day(1)),
    ],
)
def test_nothing_is_done_to_a_person_that_is_unknown(command):
    spec.given(company).when(command).then_refused(refusals.UnknownPerson("ann"))


@pytest.mark.parametrize("year", [1, 1899, 3000, 9999])
def test_changes_hold_in_years_that_people_remember_or_plan(year):
    since = day(0).replace(year=year)
    command = commands.AddUnit("acme", "acme", "company", None, since)
    spec.given().when(command).then_refused(ChangeOutsideCalendar(since))


def test_a_tree_shows_each_unit_before_its_parts_and_counts_people_below():
    state = organisation_of(
        company,
        sales,
        marketing,
        on(0, unit("team", "sales", "team")),
        ann,
        on(1, joined("bob", "team")),
    )
    shown = [(b.unit.slug, b.depth, len(b.people), b.people_in_all) for b in tree_at(state, day(2))]
    assert shown == [
        ("acme", 0, 0, 2),
        ("marketing", 1, 0, 0),
        ("sales", 1, 1, 2),
        ("team", 2, 1, 1),
    ]


def test_who_belongs_where_is_asked_of_a_moment():
    told = [company, sales, marketing, ann, on(5, PersonMoved(person="ann", unit="marketing"))]
    state = organisation_of(*told)
    assert [state.belongs("ann", "sales", day(n)) for n in (4, 5)] == [True, False]
    assert state.belongs("sales", "acme", day(4))
    assert state.top_of("ann", day(4)) == "acme"
    assert not state.belongs("nobody", "acme", day(4))
    assert not state.belongs(None, "acme", day(4))


def test_an_organisation_may_be_deeper_than_calls_may_nest():
    told = [on(0, unit("u0"))]
    told += [on(0, unit(f"u{n}", f"u{n - 1}")) for n in range(1, 1_500)]
    state = organisation_of(*told)
    assert [branch.depth for branch in tree_at(state, day(1))] == [*range(1_500)]


SLUGS = ("a", "b", "c", "d")
slugs = st.sampled_from(SLUGS)
moments = st.integers(0, 12).map(day)
parents = st.one_of(st.none(), slugs)
people = st.sampled_from(("p", "q"))
any_command = st.one_of(
    st.builds(commands.AddUnit, slugs, st.just("n"), st.just("team"), parents, moments),
    st.builds(commands.RenameUnit, slugs, st.sampled_from("xyz"), moments),
    st.builds(commands.MoveUnit, slugs, parents, moments),
    st.builds(commands.CloseUnit, slugs, st.just("over"), moments),
    st.builds(commands.JoinPerson, people, st.just("n"), slugs, moments),
    st.builds(commands.MovePerson, people, slugs, moments),
    st.builds(commands.LeavePerson, people, moments),
)


def accepted(asked) -> list[Told]:
    """What of it was not refused, in the order it was recorded."""
    state, told = initial_state(), []
    for command in asked:
        try:
            events = decide(command, state)
        except Refusal:
            continue
        for event in events:
            told.append(Told(event, command.since, "user-1"))
            state = evolve(state, told[-1])
    return told


@settings(max_examples=300)
@given(st.lists(any_command, max_size=25))
def test_whatever_is_told_of_whatever_time_it_is_a_tree_at_every_moment(asked):
    state = organisation_of(*accepted(asked))
    for number in range(14):
        moment = day(number)
        there = {slug for slug, known in state.units.items() if known.is_open(moment)}
        assert {branch.unit.slug for branch in tree_at(state, moment)} == there
        for slug in there:
            parent = state.units[slug].parent_at(moment)
            assert parent is None or parent in there
        for person in state.people.values():
            place = person.unit_at(moment)
            assert place is None or place in there


@settings(max_examples=100)
@given(st.lists(any_command, max_size=25), st.randoms(use_true_random=False))
def test_the_order_of_recording_does_not_matter(asked, random):
    by_moment: dict[tuple[str, datetime], Told] = {}
    begun, later = [], []
    for told in accepted(asked):
        subject = getattr(told.event, "person", None) or told.event.unit
        first = isinstance(told.event, OrganisationUnitAdded)
        # Of one moment, what was recorded last holds: there the order does matter.
        if not first and (subject, told.occurred_at) in by_moment:
            return
        by_moment[subject, told.occurred_at] = told
        (begun if first else later).append(told)
    shuffled = random.sample(later, len(later))
    one, other = organisation_of(*begun, *later), organisation_of(*begun, *shuffled)
    assert one == other
