"""How rows hang together, in whatever order they come."""

from helmlog_events.tables.reading import Record
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.imports.forest import grow
from okr_service.domain.imports.rows import Row, read_row


def rows(*lines: str) -> list[Row]:
    """`A`, `B<A` an objective under A, `b<A` a key result: capitals are objectives."""
    made = []
    for number, line in enumerate(lines, start=1):
        key, _, parent = line.partition("<")
        kind = "objective" if key.isupper() else "key_result"
        cells = {"id": key, "parent_id": parent, "kind": kind, "title": "x"}
        made.append(read_row(Record(number, cells)))
    return made


def grown(*lines: str, known=None, spoilt=None):
    forest = grow(rows(*lines), known=known or {}, spoilt=spoilt or {})
    return [row.key for row in forest.rows], {one.row: one.reason for one in forest.rejected}


def test_parents_come_before_their_children():
    assert grown("c<B", "B<A", "D", "A") == (["A", "B", "c", "D"], {})


def test_an_objective_may_hang_on_a_key_result():
    assert grown("A", "b<A", "C<b") == (["A", "b", "C"], {})


def test_a_key_result_hangs_on_an_objective():
    _, refused = grown("A", "b<A", "c<b", "d")
    assert refused == {
        3: "a key result belongs to an objective, and its parent is a key result",
        4: "a key result belongs to an objective, and no parent is named",
    }


def test_an_unknown_parent_is_named():
    assert grown("A<X")[1] == {1: "there is no row with the id 'X'"}


def test_what_hangs_on_a_refused_row_is_refused_with_it():
    placed, refused = grown("A<X", "B<A", "c<B", "D<Y", spoilt={"Y": 9})
    assert placed == []
    assert refused[2] == "its parent, row 1, is refused"
    assert refused[3] == "its parent, row 2, is refused"
    assert refused[4] == "its parent, row 9, is refused"


def test_what_stands_already_is_a_parent_too():
    known = {"X": "objective", "y": "key_result"}
    placed, refused = grown("a<X", "B<y", "c<y", known=known)
    assert placed == ["a", "B"]
    assert refused == {3: "a key result belongs to an objective, and its parent is a key result"}


def test_parents_in_a_circle_are_refused_with_what_hangs_on_them():
    placed, refused = grown("A<C", "B<A", "C<B", "D<A", "E<E", "F")
    assert placed == ["F"]
    assert refused == {
        1: "the parents run in a circle: rows 1, 2, 3",
        2: "the parents run in a circle: rows 1, 2, 3",
        3: "the parents run in a circle: rows 1, 2, 3",
        4: "its parent, row 1, is refused",
        5: "the parents run in a circle: rows 5",
    }


def test_the_second_row_of_an_id_is_refused():
    placed, refused = grown("A", "B<A", "A")
    assert placed == ["A", "B"]
    assert refused == {3: "row 1 has this id already"}


def test_a_chain_as_long_as_the_file_is_no_burden():
    lines = [f"O{number}<O{number - 1}" for number in range(20_000, 0, -1)]
    placed, refused = grown(*lines, "O0")
    assert placed[0] == "O0"
    assert len(placed) == 20_001
    assert refused == {}


@given(
    st.lists(
        st.tuples(st.sampled_from("ABCDabcd"), st.sampled_from(["", *"ABCDabcdX"])), max_size=12
    )
)
def test_every_row_is_placed_after_its_parent_or_refused_with_a_reason(pairs):
    made = rows(*(f"{key}<{parent}" if parent else key for key, parent in pairs))
    forest = grow(made, known={}, spoilt={})
    numbers = sorted([row.row for row in forest.rows] + [one.row for one in forest.rejected])
    assert numbers == [row.row for row in made]
    seen: set[str] = set()
    for row in forest.rows:
        assert row.parent is None or row.parent in seen
        seen.add(row.key)
