from __future__ import annotations

from decimal import Decimal

import pytest
from okr_service.domain.key_result import refusals
from okr_service.domain.key_result.measures import (
    Decrease,
    Increase,
    MeasureTerms,
    Milestones,
    StayWithin,
    Step,
    define_measure,
)

TEN, TWENTY = Decimal(10), Decimal(20)
STEPS = (Step("advertised", Decimal(1)), Step("hired", Decimal(3)))


@pytest.mark.parametrize(
    ("terms", "measure"),
    [
        (MeasureTerms("increase", baseline=TEN, target=TWENTY), Increase(TEN, TWENTY)),
        (MeasureTerms("decrease", baseline=TWENTY, target=TEN), Decrease(TWENTY, TEN)),
        (MeasureTerms("stay_above", lower=TEN), StayWithin(TEN, None)),
        (MeasureTerms("stay_below", upper=TEN), StayWithin(None, TEN)),
        (MeasureTerms("stay_within", lower=TEN, upper=TWENTY), StayWithin(TEN, TWENTY)),
        (MeasureTerms("milestone", milestones=STEPS), Milestones(STEPS)),
    ],
)
def test_each_metric_is_measured_by_its_own_terms(terms, measure):
    assert define_measure(terms) == measure


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        (
            MeasureTerms("increase", baseline=TEN, target=Decimal("10.0")),
            refusals.BaselineEqualsTarget(TEN),
        ),
        (
            MeasureTerms("decrease", baseline=TEN, target=TEN),
            refusals.BaselineEqualsTarget(TEN),
        ),
        (
            MeasureTerms("increase", baseline=TWENTY, target=TEN),
            refusals.TargetOnWrongSide("increase", TWENTY, TEN),
        ),
        (
            MeasureTerms("decrease", baseline=TEN, target=TWENTY),
            refusals.TargetOnWrongSide("decrease", TEN, TWENTY),
        ),
        (
            MeasureTerms("stay_within", lower=TEN, upper=TEN),
            refusals.BandEmpty(TEN, TEN),
        ),
        (MeasureTerms("increase", baseline=TEN), refusals.MeasureIncomplete("increase", "target")),
        (MeasureTerms("stay_above"), refusals.MeasureIncomplete("stay_above", "lower")),
        (MeasureTerms("milestone"), refusals.MeasureIncomplete("milestone", "milestones")),
        (
            MeasureTerms("stay_above", lower=TEN, upper=TWENTY),
            refusals.MeasureUnsuited("stay_above", "upper"),
        ),
        (
            MeasureTerms("milestone", milestones=STEPS, target=TEN),
            refusals.MeasureUnsuited("milestone", "target"),
        ),
        (
            MeasureTerms("milestone", milestones=(*STEPS, Step("hired", TEN))),
            refusals.MilestonesAlike("hired"),
        ),
        (
            MeasureTerms("milestone", milestones=(Step("free", Decimal(0)),)),
            refusals.MilestoneWeightNotPositive("free", Decimal(0)),
        ),
    ],
)
def test_terms_that_measure_nothing_are_refused(terms, refusal):
    with pytest.raises(type(refusal)) as raised:
        define_measure(terms)
    assert raised.value.args == refusal.args


def test_a_bound_of_zero_is_a_bound():
    assert define_measure(MeasureTerms("stay_above", lower=Decimal(0))) == StayWithin(
        Decimal(0), None
    )
