"""What is read out of a target as people write it, what is left over, and what is not read."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpi_service.domain.imports.phrases import NotUnderstood, TargetPhrase, read_target_phrase


def said(number: str, comparison: str | None = None, **fields) -> TargetPhrase:
    return TargetPhrase(Decimal(number), comparison=comparison, **fields)


@pytest.mark.parametrize(
    ("phrase", "understood"),
    [
        ("at or below 50 days", said("50", "at_or_below", unit="days")),
        ("equal or greater than 99.95%", said("99.95", "at_or_above", unit="%")),
        (
            "Above 120 contributors per month",
            said("120", "above", unit="contributors", rate="per month", period="month"),
        ),
        (".25", said("0.25")),
        ("<.58 average location factor", said("0.58", "below", unit="average location factor")),
        ("At or above 0.5", said("0.5", "at_or_above")),
        ("at least 3 of them", said("3", "at_or_above", left_over=("of them",))),
        ("Above 8% of all MRs", said("8", "above", unit="%", of="all MRs")),
        (
            "Greater than 0.55 per person per month",
            said("0.55", "above", rate="per person per month", period="month"),
        ),
        (
            "less than $10K/Month",
            said("10000", "below", unit="$", rate="per Month", period="month"),
        ),
        (
            "Below 2500ms at the 90th percentile",
            said("2500", "below", unit="ms", statistic="90th percentile"),
        ),
        ("at or below 10:1", said("10", "at_or_below", unit=":1")),
        ("between 5 and 7.5 days", said("5", "between", upper=Decimal("7.5"), unit="days")),
        ("5 to 7 %", said("5", "between", upper=Decimal(7), unit="%")),
        ("1,200,000 EUR per year", said("1200000", unit="EUR", rate="per year", period="year")),
        ("below -2.5", said("-2.5", "below")),
    ],
)
def test_a_target_says_a_number_its_side_its_unit_and_its_period(phrase, understood):
    assert read_target_phrase(phrase) == understood


@pytest.mark.parametrize(
    ("phrase", "comparison", "left_over"),
    [
        ("At or above 95% to our SLAs", "at_or_above", ("to our SLAs",)),
        ("7 days (until further data is provided)", None, ("(until further data is provided)",)),
        ("Costs to be at or below 10% of revenue", "at_or_below", ("Costs to be",)),
        ('<a href="https://example.org/#7">Scorecard</a> of 3.14', None, ("Scorecard",)),
        ("The target for this metric is at or below 10", "at_or_below", ()),
    ],
)
def test_words_that_nothing_was_made_of_are_left_over(phrase, comparison, left_over):
    read = read_target_phrase(phrase)
    assert (read.comparison, read.left_over) == (comparison, left_over)


@pytest.mark.parametrize(
    ("phrase", "reason"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("TBD", "not decided"),
        ("Greater than TBD MRs per month", "not decided"),
        ("Confidential, in the board's papers", "withheld"),
        ("See the dashboard for target", "said elsewhere"),
        ("as high as we can", "no number"),
        ("Less than 10% are over 14 days", "several numbers"),
        ("does not exceed +50% of the average", "relative to other values"),
        ("at or within 5% of the operating plan", "relative to other values"),
        ("5% increase in overall score", "relative to other values"),
        ("below 1,5", "ambiguous number"),
        ("at 1.000.000", "ambiguous number"),
        ("10:3", "ambiguous number"),
        ("between 7 and 5", "ambiguous number"),
        ("above 1" + "0" * 30, "ambiguous number"),
    ],
)
def test_what_can_be_meant_in_two_ways_or_in_none_is_not_understood(phrase, reason):
    assert read_target_phrase(phrase) == NotUnderstood(reason)


@pytest.mark.parametrize(
    ("phrase", "direction", "inclusive"),
    [
        ("at or above 5", "up", True),
        ("above 5", "up", False),
        ("at most 5", "down", True),
        ("under 5", "down", False),
        ("between 4 and 5", "within", True),
        ("at 5", None, True),
        ("5 days", None, True),
    ],
)
def test_only_a_comparison_says_which_side_is_good(phrase, direction, inclusive):
    read = read_target_phrase(phrase)
    assert (read.direction, read.inclusive) == (direction, inclusive)


WORDS = ["at", "or", "above", "below", "5", "7.25", "%", "days", "per", "month", "of", "ARR", "TBD"]


@given(st.lists(st.sampled_from([*WORDS, "<", "(x)", ",", "to", "between", "and", "+3", "1,5"])))
def test_no_word_of_a_phrase_that_was_read_goes_without_a_trace(words):
    phrase = " ".join(words)
    read = read_target_phrase(phrase)
    if isinstance(read, NotUnderstood):
        return
    told = " ".join(
        [*read.left_over, read.unit or "", read.rate or "", read.of or "", read.statistic or ""]
    )
    for word in ("days", "ARR", "TBD", "(x)"):
        assert phrase.count(word) == told.count(word)
    numbers = {Decimal(one) for one in re.findall(r"(?<![\d.,+])\d+(?:\.\d+)?", phrase)}
    assert {read.number, read.upper} - {None} <= numbers


@given(st.text(max_size=80))
def test_any_text_is_read_or_not_understood(text):
    assert isinstance(read_target_phrase(text), TargetPhrase | NotUnderstood)
