import itertools
from uuid import UUID

from helmlog_events.testing.decider import DeciderTest
from hypothesis import given
from hypothesis import strategies as st
from kpi_service.domain.kpi.decide import ReviseKPI, decide
from kpi_service.domain.kpi.refusals import PartOfItself
from kpi_service.domain.kpi.state import INITIAL, evolve
from kpi_service.domain.kpi.tree import Member, Node, tree_of

from tests.kpi.domain.builders import DEFINED, KPI_ID, START

IDS = [UUID(int=number) for number in range(1, 7)]
OTHER, TOP = IDS[0], IDS[1]
spec = DeciderTest(decide=decide, evolve=evolve, initial=INITIAL)


def part_of(kpi_id, above) -> ReviseKPI:
    return ReviseKPI(kpi_id, {"parent_id": above[0] if above else None}, START, tuple(above))


def test_no_kpi_is_a_part_of_itself():
    loop = part_of(KPI_ID, [KPI_ID])
    spec.given(DEFINED).when(loop).then_refused(PartOfItself(KPI_ID, [KPI_ID]))


def test_no_kpi_is_a_part_of_its_own_parts():
    loop = part_of(KPI_ID, [OTHER, TOP, KPI_ID])
    spec.given(DEFINED).when(loop).then_refused(PartOfItself(KPI_ID, [OTHER, TOP, KPI_ID]))


def above(parents, kpi_id) -> list[UUID]:
    found = []
    while kpi_id is not None and kpi_id not in found:
        found.append(kpi_id)
        kpi_id = parents(kpi_id)
    return found


@given(moves=st.lists(st.tuples(st.sampled_from(IDS), st.none() | st.sampled_from(IDS))))
def test_no_sequence_of_commands_makes_a_loop(moves):
    kpis = {one: evolve(INITIAL, DEFINED.model_copy(update={"kpi_id": one})) for one in IDS}

    def parent_of(kpi_id):
        return kpis[kpi_id].definition.parent_id

    for kpi_id, parent_id in moves:
        chain = above(parent_of, parent_id)
        try:
            for event in decide(part_of(kpi_id, chain), kpis[kpi_id]):
                kpis[kpi_id] = evolve(kpis[kpi_id], event)
        except PartOfItself:
            assert kpi_id in chain
        for one in IDS:
            assert parent_of(above(parent_of, one)[-1]) is None


def test_a_tree_has_each_kpi_before_its_parts_and_those_in_order():
    a, b, c, d, e, _ = IDS
    members = [
        Member(d, b, "north"),
        Member(b, a, "two"),
        Member(c, a, "one"),
        Member(e, None, "another"),
    ]
    assert tree_of(a, members) == [Node(a, 0, 2), Node(c, 1, 0), Node(b, 1, 1), Node(d, 2, 0)]
    assert tree_of(a, members, 1) == [Node(a, 0, 2), Node(c, 1, 0), Node(b, 1, 1)]
    assert tree_of(a, members, 0) == [Node(a, 0, 2)]


def test_a_tree_may_be_deep():
    ids = [UUID(int=number) for number in range(5_000)]
    members = [Member(below, over, "") for over, below in itertools.pairwise(ids)]
    assert tree_of(ids[0], members)[-1] == Node(ids[-1], 4_999, 0)
