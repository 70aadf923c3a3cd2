from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from okr_service.domain.grades import band_of, suggest_grade
from okr_service.domain.objective.outcome import (
    derive_outcome,
    suggest_objective_grade,
)
from okr_service.domain.remark import Grade
from okr_service.domain.status import Measured

from tests.okr.domain.examples import DAY_45
from tests.okr.domain.sheets import a_part, graded_part, measured_part

shares = st.decimals(0, 1, places=6)
weights = st.decimals("0.01", 1000, places=2)


@pytest.mark.parametrize(
    ("grade", "band"),
    [
        ("0", "red"),
        ("0.399999", "red"),
        ("0.4", "yellow"),
        ("0.699999", "yellow"),
        ("0.7", "green"),
        ("1", "green"),
    ],
)
def test_bands_are_half_open(grade, band):
    assert band_of(Decimal(grade)) == band


@given(st.decimals(-1000, 1000, places=8))
def test_a_suggested_grade_lies_within_0_and_1(progress):
    assert 0 <= suggest_grade(progress) <= 1


@given(st.lists(st.tuples(shares, weights), min_size=1, max_size=5), weights)
def test_an_objectives_grade_is_a_mean_that_scaled_weights_do_not_move(known, scale):
    def parts(factor):
        return [
            graded_part(str(grade), weight=weight * factor, number=place)
            for place, (grade, weight) in enumerate(known)
        ]

    grade = suggest_objective_grade(parts(1), None)
    grades = [share for share, _ in known]
    assert min(grades) <= grade <= max(grades)
    assert grade == suggest_objective_grade(parts(scale), None)


def test_a_given_grade_counts_instead_of_progress():
    parts = [graded_part("0.5", weight=3), measured_part("0.1", number=4)]
    assert suggest_objective_grade(parts, None) == Decimal("0.4")


def test_what_was_never_measured_does_not_count_as_zero():
    assert suggest_objective_grade([measured_part("0.6"), a_part(number=4)], None) == Decimal("0.6")
    assert suggest_objective_grade([a_part()], None) is None


def test_without_key_results_the_contributing_children_count():
    assert suggest_objective_grade([], Measured(Decimal("0.25"), DAY_45)) == Decimal("0.25")
    assert suggest_objective_grade([], None) is None


@pytest.mark.parametrize(
    ("kind", "grade", "outcome"),
    [
        ("committed", "1", "achieved"),
        ("committed", "0.8", "achieved"),
        ("committed", "0.799999", "missed"),
        ("aspirational", "0.7", "achieved"),
        ("aspirational", "0.699999", "missed"),
    ],
)
def test_committed_is_missed_below_0_8_and_aspirational_below_0_7(kind, grade, outcome):
    assert derive_outcome(kind, Grade(Decimal(grade), None, None, None)) == outcome


def test_learning_is_achieved_by_what_was_learned():
    assert derive_outcome("learning", Grade(None, None, None, "they rent")) == "achieved"
    assert derive_outcome("learning", Grade(None, None, None, None)) is None


@given(st.sampled_from(["committed", "aspirational"]), shares)
def test_every_number_has_an_outcome_and_a_better_one_no_worse(kind, grade):
    outcome = derive_outcome(kind, Grade(grade, None, None, None))
    better = derive_outcome(kind, Grade((grade + 1) / 2, None, None, None))
    assert outcome in {"achieved", "missed"}
    assert (outcome, better) != ("achieved", "missed")
