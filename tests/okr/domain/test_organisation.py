"""What holds of the whole, whatever was told of whatever time."""

from __future__ import annotations

from datetime import datetime

from helmlog_events.contracts.okr import (
    OrganisationUnitAdded,
    PersonMoved,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from okr_service.domain.organisation import commands
from okr_service.domain.organisation.decide import decide
from okr_service.domain.organisation.state import evolve, initial_state
from okr_service.domain.organisation.tree import tree_at
from okr_service.domain.refusals import Refusal
from okr_service.domain.told import Told

from tests.okr.domain.organisation_examples import (
    ann,
    company,
    day,
    joined,
    marketing,
    on,
    organisation_of,
    sales,
    unit,
)


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
