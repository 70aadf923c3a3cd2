"""From bytes to rows: what a file may look like, and what is wrong with one."""

import csv
import io

import pytest
from helmlog_events.tables import reading
from helmlog_events.tables.columns import parse_mapping, read_header
from helmlog_events.tables.reading import Rejected, read_csv, read_json
from helmlog_events.tables.refusals import (
    CellTooLarge,
    ColumnsMissing,
    ColumnTwice,
    FileEmpty,
    FileNotRows,
    FileNotText,
    HeadingUnknown,
    MappingUnreadable,
    QuoteNeverClosed,
    TooManyRows,
)
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.imports.columns import COLUMNS

HEADER = "id,kind,title\n"


def cells_of(text: str) -> list[dict[str, str]]:
    return [dict(record.cells) for record in read_csv(text.encode(), COLUMNS, {}).records]


def rejected_of(text: str) -> list[Rejected]:
    return [*read_csv(text.encode(), COLUMNS, {}).rejected]


def test_cells_are_trimmed_and_stand_by_column_in_whatever_order():
    assert cells_of("title, id ,kind\n More leads ,A,objective\n") == [
        {"title": "More leads", "id": "A", "kind": "objective"}
    ]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_byte_order_mark_and_any_line_end_are_taken(mark, end):
    body = mark + f'id,kind,title{end}A,objective,"Grüße, ⚓"{end}'.encode()
    (record,) = read_csv(body, COLUMNS, {}).records
    assert record.cells["title"] == "Grüße, ⚓"


def test_rows_are_counted_from_one_and_empty_ones_count_too():
    table = read_csv((HEADER + "A,objective,x\n\n,,\nB,objective,y\n").encode(), COLUMNS, {})
    assert [record.row for record in table.records] == [1, 4]


def test_a_row_with_missing_or_extra_cells_is_refused_and_the_others_are_read():
    text = HEADER + "A,objective\nB,objective,y,z\nC,objective,z\n"
    assert rejected_of(text) == [
        Rejected(1, "2 cells under 3 headings"),
        Rejected(2, "4 cells under 3 headings"),
    ]
    assert [cells["id"] for cells in cells_of(text)] == ["C"]


def test_text_after_a_closing_quote_refuses_the_row():
    (rejected,) = rejected_of(HEADER + 'A,objective,"x" y\nB,objective,y\n')
    assert rejected.row == 1
    assert "not CSV" in rejected.reason


def test_a_quote_that_is_never_closed_refuses_the_file_and_names_the_row():
    with pytest.raises(QuoteNeverClosed) as refused:
        read_csv((HEADER + 'A,objective,x\nB,objective,"y\nC,objective,z\n').encode(), COLUMNS, {})
    assert refused.value.args == (2,)


def test_a_cell_beyond_all_bounds_refuses_the_file():
    with pytest.raises(CellTooLarge):
        read_csv((HEADER + f'A,objective,"{"x" * 200_000}"\n').encode(), COLUMNS, {})


@pytest.mark.parametrize("body", ["id,kind,title\nA,objective,Gr\xfc\xdfe\n".encode("latin-1")])
def test_another_encoding_is_refused_with_its_place(body):
    with pytest.raises(FileNotText) as refused:
        read_csv(body, COLUMNS, {})
    assert body[refused.value.args[0] :].startswith(b"\xfc")


@pytest.mark.parametrize("text", ["", "\n", "  \n", HEADER, HEADER + "\n,,\n"])
def test_a_file_without_rows_is_refused(text):
    with pytest.raises(FileEmpty):
        read_csv(text.encode(), COLUMNS, {})


def test_columns_that_are_needed_are_named():
    with pytest.raises(ColumnsMissing) as refused:
        read_csv(b"id,name\nA,x\n", COLUMNS, {})
    assert refused.value.args == ("kind, title",)


def test_a_heading_that_comes_twice_is_refused():
    with pytest.raises(ColumnTwice):
        read_csv(b"id,kind,title,title\nA,objective,x,y\n", COLUMNS, {})


def test_other_headings_are_ignored_by_name():
    table = read_csv(b"id,kind,title,colour,\nA,objective,x,red,\n", COLUMNS, {})
    assert table.header.ignored == ("colour",)


def test_more_rows_than_are_taken_refuse_the_file(monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", 2)
    rows = "".join(f"{row},objective,x\n" for row in range(3))
    with pytest.raises(TooManyRows):
        read_csv((HEADER + rows).encode(), COLUMNS, {})


def test_json_rows_have_members_for_columns():
    table = read_json(
        [{"id": 7, "kind": "objective", "title": "x", "score": None}, "y"], COLUMNS, {}
    )
    assert [dict(record.cells) for record in table.records] == [
        {"id": "7", "kind": "objective", "title": "x", "score": ""}
    ]
    assert table.rejected == (Rejected(2, "the row is not an object"),)


def test_a_json_cell_that_is_no_text_refuses_its_row():
    table = read_json([{"id": "A", "kind": "objective", "title": ["x"]}], COLUMNS, {})
    assert table.rejected == (Rejected(1, "a text, a number or null is expected", "title"),)


@pytest.mark.parametrize("document", [{}, "x", None, 7])
def test_json_that_is_no_array_is_refused(document):
    with pytest.raises(FileNotRows):
        read_json(document, COLUMNS, {})


def test_headings_are_mapped_whatever_they_hold():
    mapping = parse_mapping("Objective: title, Owner, or team:owner,At:risk:result", COLUMNS)
    assert mapping == {"Objective": "title", "Owner, or team": "owner", "At:risk": "result"}


def test_a_mapped_heading_goes_before_one_of_the_same_name():
    header = read_header(["id", "kind", "title", "Goal"], COLUMNS, {"Goal": "title"})
    assert header.columns == ("id", "kind", None, "title")
    assert header.ignored == ("title",)


@pytest.mark.parametrize("text", ["Goal", "Goal:colour", ":title", "Goal:title,,"])
def test_a_mapping_to_nothing_is_refused(text):
    with pytest.raises(MappingUnreadable):
        parse_mapping(text, COLUMNS)


def test_a_column_is_mapped_once():
    with pytest.raises(ColumnTwice):
        parse_mapping("Goal:title,Aim:title", COLUMNS)


def test_a_mapped_heading_must_be_there():
    with pytest.raises(HeadingUnknown):
        read_header(["id", "kind", "title"], COLUMNS, {"Goal": "owner"})


@given(st.lists(st.lists(st.text(), min_size=3, max_size=3), min_size=1, max_size=8))
def test_whatever_csv_writes_is_read_row_by_row(rows):
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["id", "kind", "title"])
    writer.writerows(rows)
    body = text.getvalue().encode(errors="replace")
    try:
        table = read_csv(body, COLUMNS, {})
    except FileEmpty:
        assert not any(cell.strip() for row in rows for cell in row)
        return
    said = [row for row in rows if any(cell.strip() for cell in row)]
    assert [list(record.cells.values()) for record in table.records] == [
        [cell.encode(errors="replace").decode().strip() for cell in row] for row in said
    ]


@given(st.binary(max_size=200))
def test_no_bytes_are_more_than_refused(body):
    try:
        table = read_csv(b"id,kind,title\n" + body, COLUMNS, {})
    except (FileEmpty, FileNotText, QuoteNeverClosed):
        return
    assert table.rows
