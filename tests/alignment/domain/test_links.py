from dataclasses import replace
from functools import reduce
from uuid import UUID

import pytest
from alignment_service.domain.links.decide import (
    LinkClosesLoop,
    LinkIfAllowed,
    LinkStandsAlready,
    LinkToItself,
    OnlyObjectivesLinkUp,
    RemoveLink,
    UnknownLink,
    WeightNotPositive,
    decide,
)
from alignment_service.domain.links.events import LinkEvent, Node
from alignment_service.domain.links.state import LinkGraph, evolve, initial_state
from helmlog_events.testing.decider import DeciderTest
from hypothesis import given as forall
from hypothesis import strategies as st

from tests.alignment.domain.examples import add_link, added, declined, link_id, objective, removed


def given(*events: LinkEvent):
    # A graph of its own for each test: folding changes it in place.
    return DeciderTest(decide, evolve, initial_state()).given(*events)


def test_a_link_is_added_between_two_objectives():
    given().when(add_link(1, 1, 2)).then(added(add_link(1, 1, 2)))


@pytest.mark.parametrize("weight", ["0", "-1"])
def test_a_weight_is_positive(weight):
    command = add_link(1, 1, 2, weight=weight)
    given().when(command).then_refused(WeightNotPositive(command.weight))


def test_a_key_result_is_no_source_of_a_link():
    source = Node(type="key_result", id=objective(1))
    command = replace(add_link(1, 1, 2), source=source)
    given().when(command).then_refused(OnlyObjectivesLinkUp())


@pytest.mark.parametrize("to_key_result", [False, True])
def test_an_objective_does_not_contribute_to_itself_nor_to_its_own_key_result(to_key_result):
    command = add_link(1, 1, 1, to_key_result=to_key_result)
    given().when(command).then_refused(LinkToItself(objective(1)))


def test_the_same_link_stands_once():
    standing = added(add_link(1, 1, 2))
    given(standing).when(add_link(2, 1, 2)).then_refused(LinkStandsAlready(link_id(1)))


def test_supports_and_contributes_stand_side_by_side():
    command = add_link(2, 1, 2, kind="supports")
    given(added(add_link(1, 1, 2))).when(command).then(added(command))


def test_a_loop_is_refused_with_the_route_that_closes_it():
    route = (objective(1), objective(2), objective(3))
    standing = (added(add_link(1, 1, 2)), added(add_link(2, 2, 3)))
    given(*standing).when(add_link(3, 3, 1)).then_refused(LinkClosesLoop(route))


def test_a_loop_through_a_key_result_and_its_objective_counts():
    standing = added(add_link(1, 1, 2, to_key_result=True))
    route = (objective(1), objective(2))
    given(standing).when(add_link(2, 2, 1)).then_refused(LinkClosesLoop(route))


def test_supports_may_go_both_ways():
    back = add_link(2, 2, 1, kind="supports")
    given(added(add_link(1, 1, 2, kind="supports"))).when(back).then(added(back))


def test_what_a_removed_link_forbade_is_allowed_again():
    first, back = add_link(1, 1, 2), add_link(2, 2, 1)
    given(added(first), removed(first)).when(back).then(added(back))


def test_one_of_two_ways_between_the_same_objectives_still_forbids_the_loop():
    direct, through_key_result = add_link(1, 1, 2), add_link(2, 1, 2, to_key_result=True)
    history = (added(direct), added(through_key_result), removed(direct))
    route = (objective(1), objective(2))
    given(*history).when(add_link(3, 2, 1)).then_refused(LinkClosesLoop(route))


def test_only_a_standing_link_is_removed():
    link = add_link(1, 1, 2)
    given(added(link)).when(RemoveLink(link_id(1))).then(removed(link))
    gone = (added(link), removed(link))
    given(*gone).when(RemoveLink(link_id(1))).then_refused(UnknownLink(link_id(1)))


def test_a_link_that_nobody_asked_for_is_added_like_any_other():
    given().when(LinkIfAllowed(add_link(1, 1, 2))).then(added(add_link(1, 1, 2)))


def test_a_link_that_nobody_asked_for_leaves_one_that_stands():
    given(added(add_link(1, 1, 2))).when(LinkIfAllowed(add_link(2, 1, 2))).then_nothing()


def test_a_link_that_nobody_asked_for_is_declined_where_it_closes_a_loop_and_once():
    command = LinkIfAllowed(add_link(3, 3, 1))
    ring = " -> ".join(str(objective(n)) for n in (3, 1, 2, 3))
    answer = declined(command.link, f"it would close a loop: {ring}")
    standing = (added(add_link(1, 1, 2)), added(add_link(2, 2, 3)))
    given(*standing).when(command).then(answer)
    given(*standing, answer).when(command).then_nothing()


def test_a_link_that_nobody_asked_for_is_declined_where_it_leads_to_its_own_objective():
    command = LinkIfAllowed(add_link(1, 1, 1, to_key_result=True))
    answer = declined(command.link, "it would lead from the objective to itself")
    given().when(command).then(answer)


def test_what_was_declined_and_then_stood_is_declined_anew():
    down, up = add_link(1, 2, 1), add_link(2, 1, 2)
    answer = declined(
        up, f"it would close a loop: {objective(1)} -> {objective(2)} -> {objective(1)}"
    )
    back = add_link(3, 2, 1)
    history = (added(down), answer, removed(down), added(up), removed(up), added(back))
    given(*history).when(LinkIfAllowed(up)).then(answer)


def test_a_link_is_removed_for_a_reason_that_is_kept():
    link = add_link(1, 1, 2)
    reasoned = removed(link).model_copy(update={"reason": "it moved"})
    given(added(link)).when(RemoveLink(link_id(1), "it moved")).then(reasoned)


class Counted(dict[UUID, list[UUID]]):
    """Ways that count how often one is asked for."""

    asked = 0

    def get(self, *arguments):
        self.asked += 1
        return super().get(*arguments)


@pytest.mark.parametrize("order", [range(1000), range(999, -1, -1)])
def test_a_long_chain_costs_by_its_length_from_whichever_end_it_is_built(order):
    graph = LinkGraph(parents=Counted(), children=Counted())
    for number in order:
        graph = reduce(evolve, decide(add_link(number, number, number + 1), graph), graph)
    assert isinstance(graph.parents, Counted)
    assert isinstance(graph.children, Counted)
    assert graph.parents.asked + graph.children.asked < 5 * len(graph.links)


def reaches(edges: set[tuple[int, int]], start: int, goal: int) -> bool:
    """The plainest model: grow the set of what is reached until it stays."""
    seen = {start}
    while more := {b for a, b in edges if a in seen} - seen:
        seen |= more
    return goal in seen


@forall(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.booleans(), st.booleans()),
        max_size=40,
    )
)
def test_exactly_the_links_that_close_a_loop_are_refused(attempts):
    graph = initial_state()
    standing: dict[tuple[int, int, bool], int] = {}
    for number, (source, target, to_key_result, remove) in enumerate(attempts):
        ends = (source, target, to_key_result)
        if remove and ends in standing:
            command = RemoveLink(link_id(standing.pop(ends)))
            graph = reduce(evolve, decide(command, graph), graph)
            continue
        edges = {(a, b) for a, b, _ in standing}
        allowed = ends not in standing and not reaches(edges, target, source)
        try:
            events = decide(add_link(number, source, target, to_key_result=to_key_result), graph)
        except (LinkClosesLoop, LinkToItself, LinkStandsAlready):
            assert not allowed
        else:
            assert allowed
            graph = reduce(evolve, events, graph)
            standing[ends] = number
