import json
from datetime import UTC, datetime

import pytest
from helmlog_local.company.load import load_company
from helmlog_local.company.recorded import _FILES, RecordingUnreadable, recorded_series
from helmlog_local.company.series import MarkedWindow, Reading


@pytest.fixture
def folder(tmp_path):
    """A recording of the same shape as the real one, two rows a file."""
    readings = tmp_path / "kpi-readings"
    readings.mkdir()
    for file in _FILES:
        (readings / file.file).write_text(
            "timestamp,value\n2014-10-02 10:00:00,1.50\n2014-10-02 09:00:00,2\n"
        )
    windows = {"nyc_taxi.csv": [["2014-10-30 15:30:00.000000", "2014-11-03 22:30:00.000000"]]}
    (readings / "anomaly-windows.json").write_text(json.dumps(windows))
    return tmp_path


def test_values_keep_their_digits_and_rows_their_order(folder):
    taxi = next(recorded_series(folder))
    assert taxi.readings == [
        Reading(datetime(2014, 10, 2, 10, tzinfo=UTC), "1.50"),
        Reading(datetime(2014, 10, 2, 9, tzinfo=UTC), "2"),
    ]


def test_windows_belong_to_their_series(folder):
    taxi, *others = recorded_series(folder)
    assert taxi.windows == [
        MarkedWindow(
            datetime(2014, 10, 30, 15, 30, tzinfo=UTC),
            datetime(2014, 11, 3, 22, 30, tzinfo=UTC),
            "",
        )
    ]
    assert not any(one.windows for one in others)


def test_helmlog_data_says_where_the_recording_is(folder):
    company = load_company({"HELMLOG_DATA": str(folder)})
    assert company.readings == 2 * len(_FILES)
    assert company.shown.name == "2014-Q4"


def test_a_missing_file_is_named(folder):
    (folder / "kpi-readings" / "nyc_taxi.csv").unlink()
    with pytest.raises(RecordingUnreadable, match=r"nyc_taxi\.csv can't be read"):
        list(recorded_series(folder))


@pytest.mark.parametrize("text", ["when,what\n1,2\n", "timestamp,value\nyesterday,2\n"])
def test_a_file_of_another_shape_is_named(folder, text):
    (folder / "kpi-readings" / "nyc_taxi.csv").write_text(text)
    with pytest.raises(RecordingUnreadable, match=r"nyc_taxi\.csv is not a CSV"):
        list(recorded_series(folder))


def test_a_file_without_readings_is_refused(folder):
    (folder / "kpi-readings" / "nyc_taxi.csv").write_text("timestamp,value\n")
    with pytest.raises(RecordingUnreadable, match="holds no readings"):
        list(recorded_series(folder))


def test_windows_of_another_shape_are_refused(folder):
    (folder / "kpi-readings" / "anomaly-windows.json").write_text("[1]")
    with pytest.raises(RecordingUnreadable, match=r"anomaly-windows\.json"):
        list(recorded_series(folder))
