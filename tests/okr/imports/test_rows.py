"""What the cells of a row mean, and why a row is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from helmlog_events.tables.reading import Record, Rejected
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.imports.columns import ALL
from okr_service.domain.imports.rows import (
    KeyResultRow,
    ObjectiveRow,
    Terms,
    notes_on_cells,
    read_row,
)

OBJECTIVE = {"id": "A", "kind": "objective", "title": "Be known in every harbour"}
KEY_RESULT = {"id": "B", "parent_id": "A", "kind": "key_result", "title": "More leads"}


def read(base: dict[str, str], **cells: str):
    return read_row(Record(3, {**base, **cells}))


def test_an_objective_says_what_it_says_and_no_more():
    row = read(OBJECTIVE, why="our mission", level="Company", objective_kind="learning")
    assert isinstance(row, ObjectiveRow)
    assert (row.row, row.key, row.parent) == (3, "A", None)
    assert (row.why, row.level, row.kind) == ("our mission", "company", "learning")
    assert (row.owner, row.team, row.result, row.score) == (None, None, None, None)


def test_a_key_result_may_say_how_it_is_measured():
    row = read(
        KEY_RESULT,
        metric="decrease",
        baseline="35",
        target="-2.50",
        weight="2",
        unit="leads",
        due_on="2020-01-15",
        confidence="7",
        observed_at="2020-01-10T12:00:00+02:00",
        score="0.80",
    )
    assert isinstance(row, KeyResultRow)
    assert row.terms == Terms("decrease", Decimal(35), Decimal("-2.50"))
    assert (row.weight, row.due_on, row.confidence) == (Decimal(2), date(2020, 1, 15), 7)
    assert row.observed_at == datetime(2020, 1, 10, 10, tzinfo=UTC)
    assert f"{row.score}" == "0.80"


@pytest.mark.parametrize("kind", ["key_result", "Key result", "KEY-RESULT", "key  result"])
def test_a_kind_is_known_however_it_is_written(kind):
    assert isinstance(read(KEY_RESULT, kind=kind), KeyResultRow)


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"kind": ""}, "kind", "kind is empty"),
        ({"kind": "goal"}, "kind", "'goal' is none of objective, key_result"),
        ({"id": ""}, "id", "id is empty"),
        ({"title": ""}, "title", "title is empty"),
        ({"title": "x" * 501}, "title", "501 characters, more than 500"),
        ({"title": "two\nlines"}, "title", "the character U+000A stands in it"),
        ({"owner": "x" * 101}, "owner", "101 characters, more than 100"),
        ({"result": "a\x00b"}, "result", "the character U+0000 stands in it"),
        ({"result": "x" * 10_001}, "result", "10001 characters, more than 10000"),
        ({"score": "80%"}, "score", "'80%' is not a number, as 12 or -0.5"),
        ({"score": "0,8"}, "score", "'0,8' is not a number, as 12 or -0.5"),
        ({"score": "1.01"}, "score", "a score is from 0 to 1, not 1.01"),
        ({"score": "-0.1"}, "score", "a score is from 0 to 1, not -0.1"),
        ({"score": "NaN"}, "score", "'NaN' is not a number, as 12 or -0.5"),
        ({"weight": "1" * 400}, "weight", None),
        ({"weight": "0." + "1" * 21}, "weight", None),
        ({"metric": "grow"}, "metric", None),
        ({"target": "5"}, "target", "target means nothing without a metric"),
        ({"due_on": "31.1.2020"}, "due_on", "'31.1.2020' is not a date, as 2020-01-31"),
        ({"confidence": "7.5"}, "confidence", "'7.5' is not a whole number"),
        ({"observed_at": "2020-01-10T12:00:00"}, "observed_at", None),
        ({"observed_at": "1578657600"}, "observed_at", None),
        ({"observed_at": "0001-01-01T00:00:00+23:00"}, "observed_at", None),
    ],
)
def test_a_cell_that_cannot_be_read_refuses_the_row_and_says_why(cells, column, reason):
    row = read(KEY_RESULT, **cells)
    assert isinstance(row, Rejected)
    assert (row.row, row.column) == (3, column)
    assert row.reason == reason or reason is None


def test_cells_that_mean_nothing_to_the_kind_are_noted():
    record = Record(3, {**OBJECTIVE, "metric": "increase", "team": "marketing", "unit": ""})
    row = read_row(record)
    assert isinstance(row, ObjectiveRow)
    assert [note.detail for note in notes_on_cells(record, row)] == ["an objective has no metric"]


@given(st.fixed_dictionaries({}, optional={column: st.text(max_size=30) for column in ALL}))
def test_whatever_stands_in_a_row_it_is_read_or_refused_with_a_reason(cells):
    row = read_row(Record(1, cells))
    if isinstance(row, Rejected):
        assert row.reason
        assert row.column in ALL
    else:
        assert row.title
