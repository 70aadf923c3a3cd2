"""The examples are good ones: measurable, unlike each other, and within the guidance."""

import re
from decimal import Decimal
from typing import get_args

import pytest
from okr_service.domain.catalogue.catalogue import EXAMPLES, example_of, find_examples
from okr_service.domain.catalogue.example import Department, ExampleObjective
from okr_service.domain.catalogue.refusals import UnknownExample
from okr_service.domain.guidance import FEWEST_KEY_RESULTS, MOST_KEY_RESULTS
from okr_service.domain.key_result.measures import define_measure

SLUG = re.compile(r"[a-z][a-z0-9-]*")
each = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.slug)


@each
def test_every_key_result_has_a_measure(example: ExampleObjective):
    for part in example.key_results:
        assert define_measure(part.definition())
        assert part.unit


@each
def test_an_example_keeps_to_the_guidance(example: ExampleObjective):
    assert FEWEST_KEY_RESULTS <= len(example.key_results) <= MOST_KEY_RESULTS
    assert not re.search(r"\d", example.title)
    assert example.why


@each
def test_slugs_are_slugs_and_name_one_thing(example: ExampleObjective):
    slugs = [part.slug for part in example.key_results]
    assert len({*slugs}) == len(slugs)
    templates = [part.kpi_template for part in example.key_results if part.kpi_template]
    assert all(SLUG.fullmatch(slug) for slug in (example.slug, *slugs, *templates))


def test_no_two_examples_share_a_slug():
    assert len({example.slug for example in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize("department", get_args(Department))
def test_every_department_has_several_examples(department: Department):
    assert len(find_examples(department, "")) >= 3


def test_words_are_looked_for_in_everything_an_example_says():
    assert [one.slug for one in find_examples(None, "CONVERSATION settled")] == [
        "settled-in-one-conversation"
    ]
    assert find_examples("sales", "inventory-turnover") == []
    assert find_examples(None, "no such words") == []


def test_a_target_in_percent_follows_the_baseline_put_in():
    spend = example_of("spend-less-lose-nothing").key_results[0]
    assert spend.definition().target == Decimal(360_000)
    assert spend.definition(baseline=Decimal(50)).target == Decimal(45)
    assert spend.definition(baseline=Decimal(50), target=Decimal(49)).target == Decimal(49)


def test_an_unknown_example_is_refused():
    with pytest.raises(UnknownExample):
        example_of("be-happy")
