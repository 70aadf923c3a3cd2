from decimal import Decimal
from uuid import UUID

from alignment_service.domain.impact import impact
from alignment_service.domain.roll_up import Inputs, Part, recompute, roll_up
from hypothesis import given
from hypothesis import strategies as st


def node(number: int) -> UUID:
    return UUID(int=number)


def made_of(*parts: tuple[int, str]) -> Inputs:
    return Inputs(parts=tuple(Part(node(child), Decimal(weight)) for child, weight in parts))


def measured(**values: str | None) -> dict[UUID, Decimal | None]:
    return {
        node(int(name[1:])): None if value is None else Decimal(value)
        for name, value in values.items()
    }


def test_a_measured_key_result_is_its_own_progress():
    inputs = Inputs(own=Decimal("0.3"), parts=made_of((1, "1")).parts)
    assert roll_up(inputs, measured(n1="0.9")) == Decimal("0.3")


def test_an_unmeasured_key_result_takes_the_weighted_mean_of_what_contributes():
    assert roll_up(made_of((1, "1"), (2, "3")), measured(n1="0.5", n2="0.9")) == Decimal("0.8")


def test_what_is_not_measured_does_not_count():
    assert roll_up(made_of((1, "1"), (2, "3")), measured(n1="0.5", n2=None)) == Decimal("0.5")


def test_nothing_measured_is_not_measured_and_never_zero():
    assert roll_up(made_of((1, "1")), measured(n1=None)) is None
    assert roll_up(Inputs(), {}) is None


def test_a_roll_up_has_six_places():
    assert roll_up(made_of((1, "1"), (2, "2")), measured(n1="0", n2="0.5")) == Decimal("0.333333")


def test_a_change_moves_everything_above_it_once_and_children_first():
    above = {
        node(1): Inputs(own=Decimal("0.5")),
        node(2): made_of((1, "1")),
        node(3): made_of((1, "1")),
        node(4): made_of((2, "1"), (3, "1")),
    }
    moved = recompute(above, measured(n1="0.1", n2="0.1", n3="0.1", n4="0.1"), [node(1)])
    assert moved == measured(n1="0.5", n2="0.5", n3="0.5", n4="0.5")
    assert list(moved).index(node(4)) == 3


def test_a_value_that_stays_at_six_places_stops_the_change():
    above = {
        node(1): Inputs(own=Decimal("0.50000001")),
        node(2): made_of((1, "1")),
    }
    # What stands at 2 would be found wrong if it were looked at: nothing below it moved.
    assert recompute(above, measured(n1="0.5", n2="0.9"), [node(1)]) == {}


@given(st.data())
def test_changing_one_leaf_gives_what_computing_everything_gives(data):
    count = 8
    leaves = data.draw(
        st.lists(st.none() | st.decimals("0", "1", places=6), min_size=count, max_size=count)
    )
    graph = {node(i): Inputs(own=value) for i, value in enumerate(leaves)}
    for i in range(count, 2 * count):
        children = data.draw(st.sets(st.integers(0, i - 1), max_size=4))
        graph[node(i)] = made_of(*((child, "1.5") for child in sorted(children)))
    before = recompute(graph, {}, graph)
    changed = data.draw(st.integers(0, count - 1))
    graph[node(changed)] = Inputs(own=data.draw(st.none() | st.decimals("0", "1", places=6)))
    incremental = before | recompute(graph, before, [node(changed)])
    whole = recompute(graph, {}, graph)
    assert {n: v for n, v in incremental.items() if v is not None} == whole


def test_impact_multiplies_the_shares_along_the_way():
    above = {node(1): Inputs(), node(2): made_of((1, "1"), (9, "3")), node(3): made_of((2, "1"))}
    affected = {a.node: a for a in impact(above, measured(n9="0.4"), [node(1)])}
    assert affected[node(2)].effect == Decimal("0.25")
    assert affected[node(3)].effect == Decimal("0.25")
    assert affected[node(3)].path == (node(1), node(2), node(3))


def test_impact_adds_up_over_all_ways_and_shows_the_strongest():
    above = {
        node(1): Inputs(),
        node(2): made_of((1, "1")),
        node(3): made_of((1, "1")),
        node(4): made_of((2, "1"), (3, "3")),
    }
    affected = {a.node: a for a in impact(above, {}, [node(1)])}
    assert affected[node(4)].effect == 1
    assert affected[node(4)].path == (node(1), node(3), node(4))


def test_a_key_result_measured_by_itself_does_not_hang_on_what_contributes():
    above = {
        node(1): Inputs(),
        node(2): Inputs(own=Decimal("0.7"), parts=made_of((1, "1")).parts),
        node(3): made_of((2, "1")),
    }
    affected = {a.node: a for a in impact(above, measured(n2="0.7"), [node(1)])}
    assert affected[node(2)].effect == affected[node(3)].effect == 0
