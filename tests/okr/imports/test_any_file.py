"""Whatever stands in a file: nothing is lost without a reason, and nothing is made twice."""

from __future__ import annotations

from helmlog_events.tables.reading import read_json
from helmlog_events.tables.refusals import FileEmpty
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.imports.columns import ALL, COLUMNS, DEFAULT

from tests.okr.imports.files import QUARTER, sheet
from tests.okr.imports.harbour import Harbour

_KEYS = st.sampled_from(["A", "B", "c", "d", "", "A ", "⚓"])
_CELLS = st.fixed_dictionaries(
    {
        "id": _KEYS,
        "kind": st.sampled_from(["objective", "key_result", "Key Result", "", "goal"]),
        "title": st.text(max_size=8) | st.just("x"),
    },
    optional={
        "parent_id": _KEYS,
        "score": st.sampled_from(["", "0.5", "1", "2", "x"]),
        "result": st.sampled_from(["", "50%", "7 of 8", "done", "so so", "\x00"]),
        "metric": st.sampled_from(["", "increase", "stay_below", "milestone", "?"]),
        **{
            column: st.sampled_from(["", "1", "5", "-3.5", "2026-02-01", "2026-02-01T00:00:00Z"])
            for column in ALL
            if column not in {"id", "kind", "title", "parent_id", "score", "result", "metric"}
        },
    },
)


@given(st.lists(_CELLS, min_size=1, max_size=6))
def test_any_row_is_planned_or_refused_with_a_reason_and_twice_is_once(rows):
    try:
        table = read_json(rows, COLUMNS, {})
    except FileEmpty:
        return
    harbour = Harbour()
    plan = harbour.takes(table)
    counted = plan.created.objectives + plan.created.key_results + len(plan.rejected)
    assert counted == len(rows)
    assert all(one.reason for one in plan.rejected)
    again = harbour.takes(table)
    assert again.places == []
    assert [one.row for one in again.rejected] == [one.row for one in plan.rejected]


_LINE = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=20
).map(str.strip)
_SCORES = st.none() | st.integers(0, 100).map(lambda percent: f"{percent / 100:.2f}")
_WORDS = st.sampled_from(["", "80%", "7 of 8", "Done. All of it", "in progress", "+5% more"])


@st.composite
def _quarters(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """Rows of a tree, parents anywhere above or below their children."""
    rows: list[tuple[str, ...]] = []
    kinds: list[str] = []
    for number in range(draw(st.integers(1, 8))):
        above = draw(st.none() | st.integers(0, number - 1)) if number else None
        under_objective = above is not None and kinds[above] == "objective"
        kind = "key_result" if under_objective and draw(st.booleans()) else "objective"
        kinds.append(kind)
        rows.append(
            (
                f"R{number}",
                "" if above is None else f"R{above}",
                kind,
                draw(_LINE),
                draw(_LINE.filter(bool)),
                draw(_WORDS | _LINE),
                draw(_SCORES) or "",
            )
        )
    return draw(st.permutations(rows))


@given(_quarters())
def test_what_goes_out_is_what_came_in(rows):
    harbour = Harbour()
    text = sheet(*rows)
    assert harbour.imports(text).rejected == []
    assert harbour.exports() == text


@given(_quarters())
def test_what_goes_out_comes_in_again_as_no_change(rows):
    harbour = Harbour()
    harbour.imports(sheet(*rows))
    assert harbour.imports(harbour.exports(all_columns=True)).places == []


def test_an_export_has_the_columns_of_an_import():
    harbour = Harbour()
    harbour.imports(QUARTER)
    assert harbour.exports().splitlines()[0] == ",".join(DEFAULT)
    assert harbour.exports(all_columns=True).splitlines()[0] == ",".join(ALL)
