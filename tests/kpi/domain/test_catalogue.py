from decimal import Decimal

import pytest
from helmlog_events.contracts.kpi import FormulaInput
from helmlog_events.ids import new_id
from kpi_service.domain.catalogue.catalogue import TEMPLATES, find_templates, template_of
from kpi_service.domain.catalogue.refusals import UnknownTemplate
from kpi_service.domain.formula.decide import SetFormula, set_formula
from kpi_service.domain.formula.evaluate import Inputs, evaluate
from kpi_service.domain.formula.parse import parse
from kpi_service.domain.formula.tree import names
from kpi_service.domain.kpi.decide import decide
from kpi_service.domain.kpi.definition import DefineKPI
from kpi_service.domain.kpi.state import INITIAL, KPI, evolve

from tests.kpi.domain.builders import START

DERIVED = [one for one in TEMPLATES if one.formula is not None]
VALUES = {  # of a month, and of the month before
    "sales-growth": ({"sales": 120}, {"sales": 100}, 20),
    "lead-conversion-rate": ({"won": 9, "leads": 36}, {}, 25),
    "customer-lifetime-value": (
        {"sales": 5000, "orders": 50, "customers": 25, "years": 4},
        {},
        9600,
    ),
    "forecast-accuracy": ({"sales": 80, "forecast": 100}, {}, 80),
    "return-on-marketing-investment": ({"sales": 900, "spending": 300}, {}, 3),
    "cost-per-lead": ({"spending": 900, "leads": 20}, {}, 45),
    "employee-turnover": ({"left": 2, "people": 200}, {}, 12),
    "net-profit": (
        {"sales": 100, "cost_of_sales": 60, "running_costs": 20, "interest_and_taxes": 8},
        {},
        12,
    ),
    "net-profit-margin": ({"profit": 12, "sales": 96}, {}, Decimal("12.5")),
    "debt-to-equity-ratio": ({"debt": 120, "equity": 100}, {}, Decimal("1.2")),
    "inventory-turnover": ({"cost_of_sales": 50, "stock": 100}, {}, 6),
    "defect-rate": ({"defects": 4, "delivered": 2000}, {}, 2),
    "first-call-resolution": ({"at_once": 78, "raised": 100}, {}, 78),
    "self-service-rate": ({"alone": 30, "raised": 90}, {}, 25),
}


def test_a_slug_names_one_template():
    assert len({one.slug for one in TEMPLATES}) == len(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.slug)
def test_every_template_can_be_defined_as_it_stands(template):
    definition = template.definition(new_id(), "UTC")
    assert decide(DefineKPI(definition, at=START), INITIAL) == [definition]
    assert definition.template == template.slug


@pytest.mark.parametrize("template", DERIVED, ids=lambda one: one.slug)
def test_a_formula_is_made_of_templates_and_uses_each_of_its_inputs(template):
    expression = parse(template.formula.expression)
    assert {*names(expression)} == {one.name for one in template.formula.inputs}
    for one in template.formula.inputs:
        template_of(one.template)


@pytest.mark.parametrize("template", DERIVED, ids=lambda one: one.slug)
def test_a_formula_may_be_set_as_it_stands(template):
    """Its units put together, its period no finer than what it is made of."""

    def defined(one):
        state = evolve(INITIAL, template_of(one).definition(new_id(), "UTC"))
        assert isinstance(state, KPI)
        return state

    kpi, formula = defined(template.slug), template.formula
    inputs = {one.name: defined(one.template) for one in formula.inputs}
    named = tuple(
        FormulaInput(name=name, kpi_id=one.definition.kpi_id) for name, one in inputs.items()
    )
    known = {one.definition.kpi_id: one for one in inputs.values()}
    command = SetFormula(
        kpi.definition.kpi_id, START, formula.expression, named, formula.period, START
    )
    (event,) = set_formula(command, kpi, known).events
    assert event.expression == formula.expression


def test_no_template_is_made_of_itself():
    def below(slug, above):
        assert slug not in above
        formula = template_of(slug).formula
        for one in () if formula is None else formula.inputs:
            below(one.template, {*above, slug})

    for template in TEMPLATES:
        below(template.slug, set())


def test_a_figure_is_there_for_a_formula_or_steered_by_itself():
    used = {one.template for template in DERIVED for one in template.formula.inputs}
    assert [one.slug for one in TEMPLATES if one.slug not in used and not one.key] == []


@pytest.mark.parametrize("slug", VALUES)
def test_a_formula_computes_what_its_name_says(slug):
    now, before, expected = VALUES[slug]
    figures = Inputs(_decimals(now), _decimals(before))
    assert evaluate(parse(template_of(slug).formula.expression), figures) == expected


def _decimals(values):
    return {name: Decimal(value) for name, value in values.items()}


def test_every_department_has_templates_to_steer_by():
    departments = {"sales", "marketing", "human-resources", "finance", "operations"}
    for department in [*departments, "customer-service"]:
        assert len(find_templates(department, "", key=True)) >= 5


def test_templates_are_found_by_words_in_any_order():
    assert [one.slug for one in find_templates(None, "equity Debt ratio")] == [
        "debt-to-equity-ratio"
    ]
    assert find_templates("sales", "equity ratio debt") == []


def test_what_is_no_template_is_refused():
    with pytest.raises(UnknownTemplate):
        template_of("horoscope")
