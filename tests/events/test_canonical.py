from datetime import UTC, datetime
from decimal import Decimal

import orjson
import pytest
import rfc8785
from helmlog_events.canonical import canonical_json
from helmlog_events.clock import rfc3339
from helmlog_events.values import Instant, Number, plain
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

text = st.text(st.characters(exclude_categories=["Cs"]))
keys = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | text,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5),
)
# Without a zone: hypothesis adds one.
FIRST = datetime.fromisoformat("0002-01-01T00:00:00")
LAST = datetime.fromisoformat("9998-12-31T00:00:00")
NUMBER = TypeAdapter(Number)
INSTANT = TypeAdapter(Instant)


@given(values)
def test_the_hashed_bytes_are_rfc_8785(value: object):
    assert canonical_json(value) == rfc8785.dumps(value)


@given(values)
def test_canonical_json_read_back_and_written_again_is_the_same(value: object):
    once = canonical_json(value)
    assert canonical_json(orjson.loads(once)) == once


def test_a_lone_surrogate_cannot_be_written():
    with pytest.raises(TypeError):
        canonical_json({"text": "\ud800"})


@given(st.datetimes(timezones=st.timezones(), min_value=FIRST, max_value=LAST))
def test_an_instant_has_one_spelling(moment: datetime):
    spelled = rfc3339(moment)
    assert len(spelled) == len("2019-11-01T00:00:00.000000Z")
    assert datetime.fromisoformat(spelled) == moment.astimezone(UTC)
    assert rfc3339(moment.astimezone(UTC)) == spelled


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15), max_value=10**15
    )
)
def test_a_number_keeps_its_digits(number: Decimal):
    spelled = NUMBER.dump_json(NUMBER.validate_python(str(number)))
    assert Decimal(orjson.loads(spelled)) == number
    assert NUMBER.dump_json(NUMBER.validate_json(spelled)) == spelled


@pytest.mark.parametrize(
    ("given_as", "kept_as"),
    [
        ("1E+3", "1000"),
        ("2.50", "2.50"),
        (0.1, "0.1"),
        (7, "7"),
        ("-0.0", "-0.0"),
        (1e-7, "0.0000001"),
    ],
)
def test_a_number_is_kept_in_plain_digits(given_as: object, kept_as: str):
    assert plain(NUMBER.validate_python(given_as)) == kept_as


@pytest.mark.parametrize(
    "refused",
    [
        "NaN",
        "Infinity",
        "-inf",
        float("nan"),
        "9" * 400,
        10**400,
        "1e400",
        "1e-400",
        "",
        "x",
        True,
        None,
    ],
)
def test_what_is_no_exact_number_is_refused(refused: object):
    with pytest.raises(ValidationError):
        NUMBER.validate_python(refused)


@pytest.mark.parametrize(
    "refused",
    [
        "2020-01-01T00:00:00",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "yesterday",
        "0",
        "1572600600",
        1572600600,
        None,
    ],
)
def test_what_is_no_instant_is_refused(refused: object):
    with pytest.raises(ValidationError):
        INSTANT.validate_python(refused)
