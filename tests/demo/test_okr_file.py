import csv
import io
import re
from datetime import date

import pytest
from helmlog_events.tables.reading import Rejected, read_csv
from helmlog_local.company.generated_okrs import COLUMNS as GENERATED
from helmlog_local.company.generated_okrs import generated_okrs
from helmlog_local.company.okr_file import Counts, FiscalQuarter, load_okr_file
from helmlog_local.company.recorded import RecordingUnreadable
from okr_service.domain.imports.columns import COLUMNS
from okr_service.domain.imports.forest import grow
from okr_service.domain.imports.phrases import understand
from okr_service.domain.imports.rows import read_row


@pytest.fixture(scope="module")
def file():
    return load_okr_file({})


@pytest.fixture(scope="module")
def rows(file):
    text = file.content.decode()
    return {row["id"]: row for row in csv.DictReader(io.StringIO(text))}


def test_the_generated_file_is_the_same_each_time():
    assert generated_okrs() == generated_okrs()


def test_an_import_refuses_none_of_its_rows(file):
    table = read_csv(file.content, COLUMNS, {})
    read = [read_row(record) for record in table.records]
    assert not [one for one in read if isinstance(one, Rejected)]
    forest = grow(read, known={}, spoilt={})
    assert forest.rejected == ()
    assert len(forest.rows) == file.counts().nodes


def test_it_has_the_columns_an_export_has_by_default(file):
    assert read_csv(file.content, COLUMNS, {}).header.columns == GENERATED


def test_it_is_a_tree_of_several_levels_with_objectives_below_key_results(rows):
    parents = [(row["kind"], rows.get(row["parent_id"], {}).get("kind")) for row in rows.values()]
    assert set(parents) == {
        ("objective", None),
        ("key_result", "objective"),
        ("objective", "key_result"),
    }
    assert max(key.count(".") for key in rows) == 5
    assert 120 <= len(rows) <= 180


def test_every_row_has_a_title_of_its_own_and_an_owner(rows):
    assert len({row["title"] for row in rows.values()}) == len(rows)
    assert all(row["owner"] for row in rows.values())


def test_results_are_written_as_people_write_them(rows):
    results = [row["result"] for row in rows.values() if row["result"]]
    understood = [understand(result) for result in results]
    assert {"Not started", "Done", "In progress", "80 % complete"} <= set(results)
    assert any(re.match(r"\d+ of \d+ ", result) for result in results)
    assert any(one.carries_over for one in understood)
    assert any(one.percent is None for one in understood)
    assert any(one.percent is not None for one in understood)


def test_scores_are_shares_and_belong_to_key_results(rows):
    scored = [row for row in rows.values() if row["score"]]
    assert {row["kind"] for row in scored} == {"key_result"}
    assert all(0 <= float(row["score"]) <= 1 for row in scored)


def test_the_story_is_told_of_rows_that_bear_it(file, rows):
    story = file.story
    assert rows[story.revised]["kind"] == "objective"
    assert rows[story.revised]["title"] != story.new_title
    measured, graded = rows[story.measured], rows[story.graded]
    assert (measured["kind"], measured["result"], measured["score"]) == ("key_result", "", "")
    assert understand(graded["result"]).percent is not None
    assert graded["score"] == ""
    left = [row for row in rows.values() if row["parent_id"] == story.carried]
    assert left
    assert not any(row["score"] for row in left)
    assert any(story.searched in row["title"].lower() for row in rows.values())


def test_the_counts_are_those_of_the_rows(file, rows):
    kinds = [row["kind"] for row in rows.values()]
    scores = [row for row in rows.values() if row["score"]]
    counts = file.counts()
    assert counts == Counts(kinds.count("objective"), kinds.count("key_result"), len(scores))
    assert counts.nodes == len(rows)


def test_a_folder_of_recorded_data_brings_its_own_file(tmp_path):
    (tmp_path / "okr").mkdir()
    content = b"id,parent_id,kind,owner,title,result,score\nR001,,objective,,Harbour,,\n"
    (tmp_path / "okr" / "gitlab-fy20-q4.csv").write_bytes(content)
    file = load_okr_file({"HELMLOG_DATA": str(tmp_path)})
    assert file.content == content
    assert file.counts() == Counts(1, 0, 0)


def test_a_folder_without_it_is_told_by_name(tmp_path):
    with pytest.raises(RecordingUnreadable, match=r"gitlab-fy20-q4\.csv"):
        load_okr_file({"HELMLOG_DATA": str(tmp_path)})


@pytest.mark.parametrize(
    ("day", "first_month", "year", "quarter"),
    [
        (date(2020, 1, 31), 2, 2020, 4),
        (date(2020, 2, 1), 2, 2021, 1),
        (date(2024, 10, 1), 10, 2025, 1),
        (date(2024, 9, 30), 10, 2024, 4),
        (date(2024, 7, 1), 1, 2024, 3),
    ],
)
def test_a_day_lies_in_the_quarter_of_its_financial_year(day, first_month, year, quarter):
    assert FiscalQuarter.containing(day, first_month) == FiscalQuarter(first_month, year, quarter)


def test_after_the_last_quarter_of_a_year_comes_the_first_of_the_next():
    assert FiscalQuarter(2, 2020, 4).following == FiscalQuarter(2, 2021, 1)
    assert FiscalQuarter(2, 2021, 1).following == FiscalQuarter(2, 2021, 2)
