from __future__ import annotations

import pytest
from helmlog_events.contracts.okr import (
    OrganisationUnitClosed,
    OrganisationUnitRenamed,
    PersonLeft,
)
from okr_service.domain.changes import ChangeOutsideCalendar
from okr_service.domain.organisation import commands, refusals

from tests.okr.domain.organisation_examples import (
    add,
    ann,
    close,
    closed,
    company,
    day,
    joined,
    marketing,
    moved,
    on,
    organisation_of,
    sales,
    spec,
    unit,
)


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


@pytest.mark.parametrize("year", [1, 1899, 3000, 9999])
def test_changes_hold_in_years_that_people_remember_or_plan(year):
    since = day(0).replace(year=year)
    command = commands.AddUnit("acme", "acme", "company", None, since)
    spec.given().when(command).then_refused(ChangeOutsideCalendar(since))
