"""What a row's text comes to: the value, the instant, and the one way each of them is spelled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from helmlog_events.values import plain
from hypothesis import given
from hypothesis import strategies as st
from kpi_service.application.rows import Rows

OLDEST, NEWEST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)

signs = st.sampled_from(["", "+", "-"])
digits = st.text("0123456789", min_size=1, max_size=20)
numbers = st.one_of(
    st.builds("{}{}.{}".format, signs, digits, digits),
    st.builds("{}{}".format, signs, digits),
    st.builds("{}.{}e-{}".format, signs, digits, st.integers(0, 3)).filter(
        lambda text: len(text) < 20
    ),
)
moments = st.datetimes(
    datetime(1980, 1, 2),  # noqa: DTZ001 - hypothesis wants bounds without a zone
    datetime(2039, 12, 30),  # noqa: DTZ001
    timezones=st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)


def read(**fields: object):
    rows = Rows(OLDEST, NEWEST)
    rows.read([{"kpi": "demand", "observed_at": "2014-07-01T00:00:00Z", "value": 1} | fields] * 2)
    assert not rows.rejected
    ((_, _, readings),) = rows.lots
    assert readings[0] == readings[1]._replace(place=0)
    return readings[0]


@given(numbers)
def test_a_value_is_spelled_in_positional_notation_with_its_digits_and_zero_has_no_sign(text):
    found = read(value=text)
    assert found.value == Decimal(text)
    assert found.spelled_value == plain(found.value)
    assert found.value or not found.spelled_value.startswith("-")


@given(moments)
def test_an_instant_is_spelled_in_utc_with_six_decimals_or_none(moment):
    found = read(observed_at=moment.isoformat())
    assert found.observed_at == moment
    decimals = f".{moment.microsecond:06}" if moment.microsecond else ""
    written = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    assert found.spelled_at == f"{written}{decimals}Z"


def test_readings_of_one_kpi_and_source_are_one_lot_in_the_order_in_which_they_came():
    rows = Rows(OLDEST, NEWEST)
    rows.read(
        [
            {"kpi": kpi, "observed_at": f"2014-07-0{day}T00:00:00Z", "value": day, **source}
            for kpi, day, source in [
                ("b", 3, {}),
                ("a", 1, {"source": "feed"}),
                ("b", 1, {"source": None}),
                ("a", 2, {}),
                ("c", 2, {"value": "many"}),
            ]
        ],
        first=10,
    )
    assert [(kpi, source, [one.place for one in of]) for kpi, source, of in rows.lots] == [
        ("b", "default", [10, 12]),
        ("a", "feed", [11]),
        ("a", "default", [13]),
    ]
    assert [one.place for one in rows.rejected] == [14]
