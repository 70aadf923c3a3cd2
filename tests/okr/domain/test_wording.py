from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.wording import hints_on_key_result, hints_on_objective


def codes_of_objective(title, kind="aspirational", *, company=False, with_why=True):
    hints = hints_on_objective(title, kind, company=company, with_why=with_why)
    return [hint.code for hint in hints]


def codes_of_key_result(title, *, by_steps=False):
    return [hint.code for hint in hints_on_key_result(title, by_steps=by_steps)]


@pytest.mark.parametrize(
    "title",
    [
        "Be known in every harbour",
        "Win the summer of 2026",
        "Make Q3 a quarter to remember",
        "Be there for our customers 24/7",
        "Earn the ISO 27001 certificate with ease",
        "Lead the B2B market",
        "Grow into the partner our customers recommend",
        "Improve how we hire",
    ],
)
def test_an_objective_in_words_is_left_alone(title):
    assert codes_of_objective(title) == []


@pytest.mark.parametrize(
    "title", ["Win 50 customers", "Grow sales by 20 %", "Cut costs by ten percent"]
)
def test_a_number_in_an_objective_is_pointed_out(title):
    assert codes_of_objective(title) == ["objective-with-number"]


@pytest.mark.parametrize("title", ["Increase revenue", "Reduce customer churn", "Gross margin"])
def test_an_objective_that_is_a_metric_is_pointed_out(title):
    assert codes_of_objective(title) == ["objective-is-metric"]


def test_a_companys_objective_says_why():
    assert codes_of_objective("Be known", company=True, with_why=False) == ["objective-without-why"]
    assert codes_of_objective("Be known", company=True) == []
    assert codes_of_objective("Be known", with_why=False) == []


def test_a_committed_objective_that_sounds_like_a_stretch_is_pointed_out():
    title = "Become the world-class answer"
    assert codes_of_objective(title, "committed") == ["committed-sounds-like-stretch"]
    assert codes_of_objective(title, "aspirational") == []


def test_up_to_twelve_words_are_a_title():
    assert codes_of_objective(" ".join(["word"] * 12)) == []
    assert codes_of_objective(" ".join(["word"] * 13)) == ["title-too-long"]


@pytest.mark.parametrize(
    "title", ["Implement the new system", "Hire a head of sales", "Roll out CRM"]
)
def test_a_key_result_that_is_a_task_is_pointed_out(title):
    assert codes_of_key_result(title) == ["key-result-is-task"]
    assert codes_of_key_result(title, by_steps=True) == []


@pytest.mark.parametrize(
    "title", ["Hire 5 engineers", "Leads per day", "Running costs", "Starters"]
)
def test_a_key_result_that_says_how_much_or_what_is_left_alone(title):
    assert codes_of_key_result(title) == []


@given(st.text(max_size=200), st.booleans(), st.booleans())
def test_hints_stay_few_whatever_is_written(title, company, with_why):
    assert len(codes_of_objective(title, "committed", company=company, with_why=with_why)) <= 4
    assert len(codes_of_key_result(title)) <= 2
