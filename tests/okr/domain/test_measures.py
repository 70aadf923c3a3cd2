from __future__ import annotations

from decimal import Decimal

import pytest
from okr_service.domain.key_result import refusals
from okr_service.domain.key_result.measures import (
    Decrease,
    Increase,
    Milestones,
    StayWithin,
    define_measure,
)

from tests.okr.domain.examples import definition, step

TEN, TWENTY = Decimal(10), Decimal(20)
STEPS = (step("advertised", Decimal(1)), step("hired", Decimal(3)))


@pytest.mark.parametrize(
    ("terms", "measure"),
    [
        (definition("increase", baseline=TEN, target=TWENTY), Increase(TEN, TWENTY)),
        (definition("decrease", baseline=TWENTY, target=TEN), Decrease(TWENTY, TEN)),
        (definition("stay_above", lower=TEN), StayWithin(TEN, None)),
        (definition("stay_below", upper=TEN), StayWithin(None, TEN)),
        (definition("stay_within", lower=TEN, upper=TWENTY), StayWithin(TEN, TWENTY)),
        (definition("milestone", milestones=STEPS), Milestones(STEPS)),
    ],
)
def test_each_metric_is_measured_by_its_own_terms(terms, measure):
    assert define_measure(terms) == measure


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        (
            definition("increase", baseline=TEN, target=Decimal("10.0")),
            refusals.BaselineEqualsTarget(TEN),
        ),
        (
            definition("decrease", baseline=TEN, target=TEN),
            refusals.BaselineEqualsTarget(TEN),
        ),
        (
            definition("increase", baseline=TWENTY, target=TEN),
            refusals.TargetOnWrongSide("increase", TWENTY, TEN),
        ),
        (
            definition("decrease", baseline=TEN, target=TWENTY),
            refusals.TargetOnWrongSide("decrease", TEN, TWENTY),
        ),
        (
            definition("stay_within", lower=TEN, upper=TEN),
            refusals.BandEmpty(TEN, TEN),
        ),
        (definition("increase", baseline=TEN), refusals.MeasureIncomplete("increase", "target")),
        (definition("stay_above"), refusals.MeasureIncomplete("stay_above", "lower")),
        (definition("milestone"), refusals.MeasureIncomplete("milestone", "milestones")),
        (
            definition("stay_above", lower=TEN, upper=TWENTY),
            refusals.MeasureUnsuited("stay_above", "upper"),
        ),
        (
            definition("milestone", milestones=STEPS, target=TEN),
            refusals.MeasureUnsuited("milestone", "target"),
        ),
        (
            definition("milestone", milestones=(*STEPS, step("hired", TEN))),
            refusals.MilestonesAlike("hired"),
        ),
        (
            definition("milestone", milestones=(step("free", Decimal(0)),)),
            refusals.MilestoneWeightNotPositive("free", Decimal(0)),
        ),
    ],
)
def test_terms_that_measure_nothing_are_refused(terms, refusal):
    with pytest.raises(type(refusal)) as raised:
        define_measure(terms)
    assert raised.value.args == refusal.args


def test_a_bound_of_zero_is_a_bound():
    assert define_measure(definition("stay_above", lower=Decimal(0))) == StayWithin(
        Decimal(0), None
    )
