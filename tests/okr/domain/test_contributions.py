from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.nodes import Node
from helmlog_events.contracts.okr import KeyResultUpdated
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.board import sheet_of
from okr_service.domain.contributions import ToldLink, contributions_of, with_contributions
from okr_service.domain.sheet import ObjectiveSheet

from tests.okr.domain.examples import (
    CYCLE_ID,
    DAY_45,
    KEY_RESULT_ID,
    OBJECTIVE_ID,
    a_key_result,
    accepted,
    added,
    an_objective,
    declined,
    drafted,
    proposed,
)


def the(number: int) -> UUID:
    return UUID(int=number)


def sheet(
    number: int, progress: str | None = None, *, under: int | None = None, steps=(accepted,)
) -> ObjectiveSheet:
    """An objective with one key result at `progress`, or with none."""
    parent = None if under is None else Node(type="objective", id=the(under))
    draft = drafted.model_copy(update={"objective_id": the(number), "contributes_to": parent})
    objective = an_objective(draft, proposed, *steps)
    if progress is None:
        return ObjectiveSheet(objective, 3, ())
    update = KeyResultUpdated(
        key_result_id=KEY_RESULT_ID,
        objective_id=OBJECTIVE_ID,
        cycle_id=CYCLE_ID,
        source="check_in",
        value=Decimal(1),
        progress=Decimal(progress),
        progress_raw=Decimal(progress),
        expected_progress=Decimal(0),
        status="on_track",
        status_rule="computed",
        observed_at=DAY_45 + timedelta(days=number),
        cause="check-in/1",
    )
    return ObjectiveSheet(objective, 3, (sheet_of(a_key_result(added(), update), 2),))


def progress_of(sheets: list[ObjectiveSheet], *told: ToldLink) -> Decimal | None:
    """What the first of `sheets` gets from those below it."""
    (first, *_) = with_contributions(sheets, contributions_of(sheets, told))
    return None if first.contributed is None else first.contributed.progress


def linked(child: int, parent: int, weight: str | None) -> ToldLink:
    node = Node(type="objective", id=the(parent))
    return ToldLink(the(child), node, None if weight is None else Decimal(weight))


def test_an_objective_without_key_results_takes_its_contributing_children():
    assert progress_of([sheet(1), sheet(2, "0.2", under=1), sheet(3, "0.6", under=1)]) == Decimal(
        "0.4"
    )


def test_an_objective_with_key_results_is_measured_by_those():
    (first, _) = [sheet(1, "0.9"), sheet(2, "0.2", under=1)]
    assert progress_of([first, sheet(2, "0.2", under=1)]) is None


def test_no_data_below_is_no_data_and_not_nothing_done():
    assert progress_of([sheet(1), sheet(2, under=1)]) is None
    assert progress_of([sheet(1), sheet(2, under=1), sheet(3, "0.6", under=1)]) == Decimal("0.6")


def test_it_is_as_fresh_as_the_freshest_below():
    sheets = [sheet(1), sheet(2, "0.2", under=1), sheet(3, "0.6", under=1)]
    (first, *_) = with_contributions(sheets, contributions_of(sheets, ()))
    assert first.contributed.heard_at == DAY_45 + timedelta(days=3)


def test_children_count_through_objectives_that_have_only_children():
    assert progress_of([sheet(1), sheet(2, under=1), sheet(3, "0.5", under=2)]) == Decimal("0.5")


def test_what_was_declined_does_not_count():
    assert progress_of([sheet(1), sheet(2, "0.5", under=1, steps=(declined,))]) is None


def test_links_have_weights_and_a_removed_one_counts_no_more():
    sheets = [sheet(1), sheet(2, "0", under=1), sheet(3, "1")]
    assert progress_of(sheets, linked(3, 1, "3")) == Decimal("0.75")
    assert progress_of(sheets, linked(3, 1, "3"), linked(2, 1, None)) == Decimal(1)


def test_what_alignment_says_last_of_two_ends_holds():
    sheets = [sheet(1), sheet(2, "0.5", under=1)]
    assert progress_of(sheets, linked(2, 1, "1"), linked(2, 1, None)) is None
    assert progress_of(sheets, linked(2, 1, None), linked(2, 1, "2")) == Decimal("0.5")


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=12))
def test_whatever_the_links_are_every_objective_is_shown_once(ends):
    sheets = [sheet(1), sheet(2), sheet(3, "0.3"), sheet(4), sheet(5, "0.5")]
    told = [linked(child, parent, "1") for child, parent in ends]
    shown = with_contributions(sheets, contributions_of(sheets, told))
    assert [part.objective for part in shown] == [part.objective for part in sheets]
    for part in shown:
        assert part.contributed is None or 0 <= part.contributed.progress <= 1
