from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.nodes import Node
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.contributions import ToldLink
from okr_service.domain.tree import DEEPEST, all_branches, grow_tree

from tests.okr.domain.sheets import a_part, an_objective_sheet


def of_objective(number: int) -> Node:
    return Node(type="objective", id=UUID(int=number))


def of_key_result(number: int) -> Node:
    return Node(type="key_result", id=UUID(int=number))


def test_objectives_stand_under_what_they_contribute_to():
    sheets = [
        an_objective_sheet(a_part(number=100), a_part(number=101), number=1),
        an_objective_sheet(number=2, parent=of_objective(1)),
        an_objective_sheet(a_part(number=102), number=3, parent=of_key_result(101)),
    ]
    (root,) = grow_tree(sheets)
    assert [child.sheet for child in root.objectives] == [sheets[1]]
    first, second = root.key_results
    assert first.objectives == ()
    assert [child.sheet for child in second.objectives] == [sheets[2]]
    assert (root.objectives_below, root.key_results_below) == (2, 3)
    assert root.parent is None


def test_what_contributes_to_something_elsewhere_is_a_root_that_names_it():
    (root,) = grow_tree([an_objective_sheet(number=2, parent=of_objective(77))])
    assert root.parent == of_objective(77)


def test_a_loop_is_opened_where_it_would_never_end():
    """A key result of 1, under which 2 stands, was moved to 2."""
    sheets = [
        an_objective_sheet(number=1),
        an_objective_sheet(a_part(number=100), number=2, parent=of_key_result(100)),
        an_objective_sheet(number=3, parent=of_objective(2)),
    ]
    first, second = grow_tree(sheets)
    assert (first.sheet, second.sheet) == (sheets[0], sheets[1])
    assert second.parent == of_key_result(100)
    assert [child.sheet for child in second.objectives] == [sheets[2]]


def test_a_chain_without_end_is_cut_into_trees_of_bounded_depth():
    chain = [
        an_objective_sheet(number=number, parent=of_objective(number - 1) if number > 1 else None)
        for number in range(1, 3 * DEEPEST)
    ]
    roots = grow_tree(chain)
    assert [root.sheet.objective.facts.objective_id.int for root in roots] == [1, 31, 61]
    assert [root.objectives_below for root in roots] == [29, 29, 28]


nodes = st.builds(of_objective, st.integers(1, 9)) | st.builds(of_key_result, st.integers(101, 127))


@given(st.lists(st.tuples(st.none() | nodes, st.integers(0, 3)), max_size=8))
def test_a_tree_loses_nothing_and_shows_nothing_twice(written):
    sheets = [
        an_objective_sheet(
            *(a_part(number=98 + 3 * number + place) for place in range(parts)),
            number=number,
            parent=parent,
        )
        for number, (parent, parts) in enumerate(written, start=1)
    ]
    roots = grow_tree(sheets)
    shown = [branch.sheet.objective.facts.objective_id for branch in all_branches(roots)]
    assert sorted(shown) == [sheet.objective.facts.objective_id for sheet in sheets]
    assert sum(root.key_results_below for root in roots) == sum(parts for _, parts in written)


def test_what_alignment_says_stands_before_what_was_drafted():
    sheets = [
        an_objective_sheet(number=1),
        an_objective_sheet(number=2),
        an_objective_sheet(number=3, parent=of_objective(1)),
    ]
    moved = [
        ToldLink(UUID(int=3), of_objective(1), None),
        ToldLink(UUID(int=3), of_objective(2), Decimal(1)),
    ]
    first, second = grow_tree(sheets, moved)
    assert (first.objectives_below, second.objectives_below) == (0, 1)
    one, other = grow_tree(sheets, moved[1:])
    assert (one.objectives_below, other.objectives_below) == (1, 0)
