"""What the chapter on instruments sends: a catalogue, a feed with its faults, a remote write."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from helmlog_events.tables.reading import Rejected, read_csv
from helmlog_local.company.generated_kpis import generated_kpis
from helmlog_local.company.instrument_story import load_instrument_story
from helmlog_local.company.kpi_file import load_kpi_file
from helmlog_local.company.load import load_company
from helmlog_local.company.recorded import _FILES, RecordingUnreadable
from helmlog_local.company.recorded_plan import recorded_plan
from helmlog_local.company.series import MarkedWindow, Reading
from helmlog_local.company.thresholds import learn_policy
from helmlog_local.demo.instruments.deriving import TEMPLATE
from helmlog_local.demo.instruments.feed import feed_around
from helmlog_local.demo.instruments.remote_write import remote_write
from kpi_service.application.remote_write.payload import read_labels, read_request
from kpi_service.domain.catalogue.catalogue import template_of
from kpi_service.domain.imports.phrases import NotUnderstood, TargetPhrase
from kpi_service.domain.imports.rows import COLUMNS, read_rows

MIDNIGHT = datetime.min.time()


@pytest.fixture(scope="module")
def company():
    return load_company({})


@pytest.fixture(scope="module")
def rows():
    return read_rows(read_csv(generated_kpis(), COLUMNS, {}).records)


@pytest.fixture(scope="module")
def fed(company):
    story = load_instrument_story({})
    return next(one for one in company.series if one.slug == story.fed)


@pytest.fixture(scope="module")
def feed(fed):
    return feed_around(fed, load_instrument_story({}).window_of(fed))


def test_the_generated_catalogue_is_the_same_each_time():
    assert generated_kpis() == generated_kpis()


def test_an_import_refuses_no_row_of_the_generated_catalogue(rows):
    assert len(rows) == load_kpi_file({}).rows
    assert not [row for row in rows if isinstance(row, Rejected)]


def test_its_targets_are_of_every_kind_that_is_read(rows):
    read = [row.target for row in rows if isinstance(row.target, TargetPhrase)]
    kinds = {target.comparison for target in read}
    assert kinds == {"at_or_above", "above", "at_or_below", "below", "between", None}
    assert any(target.statistic for target in read)
    assert any(target.rate for target in read)
    assert any(target.of for target in read)
    assert len(read) > 40


def test_its_targets_are_of_every_kind_that_can_not_be_read(rows):
    reasons = {row.target.reason for row in rows if isinstance(row.target, NotUnderstood)}
    assert reasons == {
        "empty",
        "not decided",
        "withheld",
        "said elsewhere",
        "no number",
        "several numbers",
        "relative to other values",
        "ambiguous number",
    }


def test_its_kpis_are_none_that_the_company_has_or_adopts(rows, company):
    template = template_of(TEMPLATE)
    adopted = {template.slug, *(one.template for one in template.formula.inputs)}
    assert not {row.slug for row in rows} & ({one.slug for one in company.series} | adopted)


def test_helmlog_data_says_where_the_catalogue_is(tmp_path):
    (tmp_path / "okr").mkdir()
    (tmp_path / "okr" / "gitlab-kpis.csv").write_bytes(b'name,target\nLeads,"5,\n6"\nCalls,\n')
    file = load_kpi_file({"HELMLOG_DATA": str(tmp_path)})
    assert file.rows == 2
    assert "real" in file.source


def test_a_missing_catalogue_is_named(tmp_path):
    with pytest.raises(RecordingUnreadable, match=r"gitlab-kpis\.csv"):
        load_kpi_file({"HELMLOG_DATA": str(tmp_path)})


def test_the_generated_story_is_of_the_company(company, fed):
    story = load_instrument_story({})
    assert 0 <= story.window < len(fed.windows)
    foretold = next(one for one in company.series if one.slug == story.foretold)
    assert foretold.aggregation == "sum"
    assert company.shown.starts_at <= story.foretold_at < company.shown.ends_at
    assert story.foretold_at.time() == MIDNIGHT


def test_the_recorded_story_is_of_the_recordings():
    story = load_instrument_story({"HELMLOG_DATA": "anywhere"})
    files = {file.slug: file for file in _FILES}
    assert story.fed in files
    assert files[story.foretold].aggregation == "sum"
    plan = recorded_plan()
    shown = next(cycle for cycle in plan.cycles if cycle.name == plan.shown)
    assert shown.starts_at <= story.foretold_at < shown.ends_at
    assert story.foretold_at.time() == MIDNIGHT


def test_what_a_feed_sends_comes_to_what_was_read_in_the_end(feed):
    known = dict([*feed.at_first, *feed.then, *feed.late, *feed.corrected])
    assert sorted(known.items()) == [tuple(reading) for reading in feed.whole]


def test_a_feed_is_in_order_but_for_what_comes_late(feed):
    together = [*feed.at_first, *feed.then]
    assert all(one.observed_at < other.observed_at for one, other in pairwise(together))
    assert feed.late
    assert feed.at_first[-1].observed_at < feed.late[0].observed_at
    assert feed.late[-1].observed_at < feed.then[0].observed_at


def test_of_an_instant_that_was_corrected_before_the_last_value_is_sent(fed):
    window = fed.windows[0]
    twice = Reading(window.begins, "1"), Reading(window.begins, "2")
    series = type(fed)(**{name: getattr(fed, name) for name in fed.__slots__} | {"readings": twice})
    assert feed_around(series, window).whole == [twice[1]]


def test_the_values_that_slipped_lie_beyond_a_bound_and_the_right_ones_within(feed, fed):
    rules = [rule for rule in learn_policy(fed).rules if rule.when == "above"]
    wrong = {one.observed_at: Decimal(one.value) for one in feed.at_first}
    assert len(feed.corrected) == 4
    for reading in feed.corrected:
        assert all(wrong[reading.observed_at] > rule.value for rule in rules)
        assert all(Decimal(reading.value) < rule.value for rule in rules)


def test_a_window_at_the_very_beginning_has_nothing_before_it(fed):
    begins = fed.first_observed_at
    feed = feed_around(fed, MarkedWindow(begins, begins + timedelta(hours=4), ""))
    assert feed.at_first == []
    assert feed.corrected == []


def test_a_remote_write_is_read_as_it_was_meant():
    at = datetime(2024, 4, 27, 3, 30, tzinfo=UTC)
    readings = [Reading(at, "4.25"), Reading(at + timedelta(milliseconds=1), "-0.1")]
    labels = {"site": "Süd", "__name__": "x" * 300}
    (series,) = read_request(remote_write(labels, readings), 10_000).timeseries
    assert read_labels(tuple(series.labels)) == labels
    milliseconds = int(at.timestamp()) * 1000
    assert [(one.timestamp, one.value) for one in series.samples] == [
        (milliseconds, 4.25),
        (milliseconds + 1, -0.1),
    ]
