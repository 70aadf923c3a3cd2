from __future__ import annotations

import pytest
from helmlog_events.contracts.okr import (
    OrganisationUnitClosed,
    PersonLeft,
    PersonMoved,
    PersonRenamed,
)
from okr_service.domain.organisation import commands, refusals

from tests.okr.domain.organisation_examples import (
    ann,
    closed,
    company,
    day,
    joined,
    marketing,
    on,
    organisation_of,
    sales,
    spec,
)


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
        commands.RenamePerson("ann", "x", day(1)),
        commands.MovePerson("ann", "acme", day(1)),
        commands.LeavePerson("ann", day(1)),
    ],
)
def test_nothing_is_done_to_a_person_that_is_unknown(command):
    spec.given(company).when(command).then_refused(refusals.UnknownPerson("ann"))
