"""A result in words: what is read as a share of the way, and what stays words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.imports.phrases import understand


@pytest.mark.parametrize(
    ("phrase", "percent"),
    [
        ("100%", "100"),
        ("62.5 %", "62.5"),
        ("0%", "0"),
        ("250%", "250"),
        ("70% complete", "70"),
        ("100 % completion", "100"),
        ("30% done, the rest waits for a decision", "30"),
        ("40% (two of the depots)", "40"),
        ("40%, though late", "40"),
        ("90%. The last one follows.", "90"),
        ("3 of 4", "75"),
        ("3 of 4 workshops (the last fell ill)", "75"),
        ("1 out of 3 depots", "33.333333"),
        ("Not started", "0"),
        ("not yet begun.", "0"),
        ("Done", "100"),
        ("done. Everybody was there", "100"),
        ("Completed!", "100"),
        ("COMPLETE", "100"),
    ],
)
def test_a_share_said_beyond_doubt_is_read(phrase, percent):
    assert understand(phrase).percent == Decimal(percent)


@pytest.mark.parametrize(
    "phrase",
    [
        "in progress",
        "ongoing",
        "n/a",
        "+5% more visits than before",
        "-3%",
        "~50%",
        "50-60%",
        "1,500%",
        "12% of customers left",
        "50% by May",
        "25% complete by May",
        "on the way to 100% complete",
        "grew by about 12%",
        "not complete",
        "not started with the second half",
        "done except for the report",
        "completed the first of two steps",
        "3 of 0",
        "3 of four",
        "3/4",
        "first of three shipped",
        "",
        "%",
    ],
)
def test_anything_else_stays_words_and_is_never_zero_percent(phrase):
    assert understand(phrase).percent is None


def test_a_share_later_in_the_text_is_good_for_comparing_only():
    understood = understand("The average rose by 4%. All in all 60% achieved")
    assert understood.percent is None
    assert understood.mentions == Decimal(60)
    assert understand("20% achieved in May and 40% achieved in June").mentions == Decimal(20)
    assert understand("first 20% done, then 40% done").mentions is None


@pytest.mark.parametrize(
    "phrase",
    [
        "Missed, moving to Q2",
        "we will carry over into the spring",
        "carried forward",
        "pushed to FY27",
        "postponed to next quarter",
        "deferred to 2027",
        "not complete, moved into the next quarter",
    ],
)
def test_carrying_over_is_heard(phrase):
    assert understand(phrase).carries_over


@pytest.mark.parametrize(
    "phrase", ["moved to a weekly rhythm", "moving to another tool", "pushed to production", "done"]
)
def test_other_moves_are_not_taken_for_carrying_over(phrase):
    assert not understand(phrase).carries_over


@given(st.text())
def test_no_phrase_is_too_strange(phrase):
    understood = understand(phrase)
    assert understood.percent is None or understood.percent >= 0


@given(st.integers(0, 999), st.integers(1, 999))
def test_so_many_of_so_many_is_their_share(done, of):
    percent = understand(f"{done} of {of}").percent
    assert percent is not None
    assert abs(percent * of - 100 * done) <= Decimal("0.001")
