"""What okr-service's examples are measured by, kpi-service's catalogue offers."""

from kpi_service.domain.catalogue.catalogue import template_of
from okr_service.domain.catalogue.catalogue import EXAMPLES


def test_every_kpi_that_an_example_names_is_a_template_in_the_same_unit_and_department():
    named = [
        (example, part)
        for example in EXAMPLES
        for part in example.key_results
        if part.kpi_template is not None
    ]
    assert len(named) > 40
    for example, part in named:
        template = template_of(part.kpi_template)
        assert (template.unit, template.rate) == (part.unit, part.rate), part.slug
        assert template.department == example.department
        assert template.key


def test_a_key_result_goes_the_way_that_is_good_for_its_kpi():
    ways = {
        "increase": "up",
        "stay_above": "up",
        "decrease": "down",
        "stay_below": "down",
        "stay_within": "within",
    }
    for example in EXAMPLES:
        for part in example.key_results:
            if part.kpi_template is not None:
                assert template_of(part.kpi_template).direction == ways[part.metric], part.slug
