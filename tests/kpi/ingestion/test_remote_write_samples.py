"""From a remote write's bytes to readings, without a database."""

import math
import struct
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kpi_service.application.formats import BodyUnreadable
from kpi_service.application.remote_write.payload import (
    MOST_SAMPLES,
    PayloadTooLarge,
    read_labels,
    read_request,
)
from kpi_service.application.remote_write.samples import Samples, read_samples
from kpi_service.domain.readings.reading import Reading

from tests.kpi.prometheus import STALE, body, compressed, encoded, series

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

LONGEST = 1_000_000
OLDEST, NEWEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
MOMENT = 1_700_000_000_123
UP = {"__name__": "up", "job": "api"}


def read(content: bytes, **kpis: str) -> Samples:
    request = read_request(content, LONGEST)
    labels = [tuple(one.labels) for one in request.timeseries]
    names = {one: read_labels(one)["__name__"] for one in labels}
    placed = {one: kpis[name] for one, name in names.items() if name in kpis}
    return read_samples(request, labels, placed, "prometheus", OLDEST, NEWEST)


def readings_of(samples: Samples) -> list[Reading]:
    return [one for lot in samples.lots.values() for one in lot.readings]


milliseconds = st.integers(
    min_value=int(OLDEST.timestamp() * 1000), max_value=int(NEWEST.timestamp() * 1000)
)
doubles = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e19, max_value=1e19).filter(
    lambda value: value == 0 or abs(value) > 1e-3
)


@given(st.lists(st.tuples(milliseconds, doubles), max_size=20))
def test_a_sample_is_a_reading_with_the_same_instant_and_double(samples):
    found = read(body(series(UP, samples)), up="kpi-1")
    assert not found.rejected
    assert [(lot.kpi, lot.source) for lot in found.lots.values()] == [("kpi-1", "prometheus")]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    for reading, (moment, value) in zip(readings_of(found), samples, strict=True):
        assert reading.observed_at == epoch + timedelta(milliseconds=moment)
        assert reading.observed_at.tzinfo is UTC
        assert float(reading.value) == value
        assert not reading.value.is_signed() or value < 0


@given(st.floats(), st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_every_sample_is_counted_once(value, moment):
    found = read(body(series(UP, [(moment, value)])), up="kpi-1")
    assert len(readings_of(found)) + found.stale + found.rejected.total() == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (-0.0, "0"), (0.1, "0.1"), (1e16, "10000000000000000"), (1e-7, "0.0000001")],
)
def test_a_double_is_told_by_its_shortest_digits(value, text):
    (reading,) = readings_of(read(body(series(UP, [(MOMENT, value)])), up="kpi-1"))
    assert reading.spelled_value == text
    assert reading.value == Decimal(text)


def test_the_end_of_a_series_is_no_reading_and_no_fault():
    assert struct.pack("<d", STALE) == struct.pack("<Q", 0x7FF0000000000002)
    found = read(body(series(UP, [(MOMENT, 1.0), (MOMENT + 1, STALE)])), up="kpi-1")
    assert (len(readings_of(found)), found.stale, found.rejected.total()) == (1, 1, 0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e20, 1e-30])
def test_what_is_no_number_that_can_be_kept_is_rejected_and_the_rest_is_taken(value):
    found = read(body(series(UP, [(MOMENT, value), (MOMENT + 1, 1.0)])), up="kpi-1")
    assert len(readings_of(found)) == 1
    ((reason, count),) = found.rejected.items()
    assert (reason.startswith('up{job="api"}: value'), count) == (True, 1)


def test_what_was_observed_out_of_bounds_is_rejected():
    moments = [-1, 0, 2**62, MOMENT]
    found = read(body(series(UP, [(moment, 1.0) for moment in moments])), up="kpi-1")
    assert len(readings_of(found)) == 1
    assert found.rejected.total() == 3


def test_series_of_no_kpi_and_histograms_are_counted_and_passed_over():
    found = read(
        body(
            series({"__name__": "other"}, [(MOMENT, 1.0)] * 3, histograms=2),
            series(UP, [(MOMENT, 1.0)], histograms=4),
        ),
        up="kpi-1",
    )
    assert (len(readings_of(found)), found.unmapped, found.histograms) == (1, 5, 4)


def test_of_two_series_of_one_kpi_the_first_is_taken():
    found = read(
        body(
            series(UP | {"instance": "a"}, [(MOMENT, 1.0)]),
            series(UP | {"instance": "b"}, [(MOMENT, 2.0), (MOMENT + 1, 2.0)]),
            series(UP | {"instance": "a"}, [(MOMENT + 1, 3.0)]),
        ),
        up="kpi-1",
    )
    assert [one.value for one in readings_of(found)] == [1, 3]
    ((reason, count),) = found.rejected.items()
    assert count == 2
    assert 'instance="a"' in reason


@given(st.binary(max_size=200))
def test_bytes_that_are_no_remote_write_are_told_so(content):
    for candidate in (content, compressed(content)):
        try:
            request = read_request(candidate, LONGEST)
            for one in request.timeseries:
                read_labels(tuple(one.labels))
        except (BodyUnreadable, PayloadTooLarge):
            pass


def test_a_label_that_is_none_is_told_so():
    for label in (b"\x0a\xff", b"\x0a\x01\xff"):
        with pytest.raises(BodyUnreadable):
            read_labels((label,))


def test_a_small_body_that_would_grow_large_is_refused_before_it_does():
    bomb = compressed(bytes(LONGEST + 1))
    assert len(bomb) < LONGEST / 10
    with pytest.raises(PayloadTooLarge):
        read_request(bomb, LONGEST)
    # Four gigabytes by its header, and nothing behind it.
    with pytest.raises(PayloadTooLarge):
        read_request(b"\xff\xff\xff\xff\x0f", LONGEST)


def test_more_samples_than_are_taken_at_once_are_refused():
    samples = [(MOMENT, 1.0)] * MOST_SAMPLES
    assert read_request(body(series(UP, samples)), 10 * LONGEST)
    one_more = series(UP, [*samples, (MOMENT, 1.0)])
    for content in (body(one_more), body(*[series({}, [])] * (MOST_SAMPLES + 1))):
        with pytest.raises(PayloadTooLarge):
            read_request(content, 10 * LONGEST)


def test_the_same_labels_are_the_same_series():
    assert encoded({"b": "2", "a": "1"}) == encoded({"a": "1", "b": "2"})
