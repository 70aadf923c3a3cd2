import pytest
from kpi_service.domain.formula.parse import parse
from kpi_service.domain.formula.refusals import UnitsUnlike
from kpi_service.domain.formula.units import read_unit, unit_hint, unit_of

UNITS = {
    "revenue": "EUR",
    "cost": "eur",
    "leads": "leads",
    "won": "deals",
    "each": "EUR per lead",
    "churn": "percent",
    "share": "ratio",
    "some": "count",
}


def unit(text):
    return unit_of(parse(text), {name: read_unit(one) for name, one in UNITS.items()})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("revenue - cost", "eur"),
        ("revenue + 5", "eur"),
        ("5", "None"),
        ("some + leads", "lead"),
        ("revenue / leads", "eur / lead"),
        ("each * leads", "eur"),
        ("each + revenue / leads", "eur / lead"),
        ("revenue * revenue", "eur^2"),
        ("1 / revenue", "1 / eur"),
        ("leads / previous(leads)", "ratio"),
        ("100 * leads / previous(leads)", "pure number"),
        ("100 - churn", "percent"),
        ("revenue * churn", "eur"),
        ("default(previous(revenue), 0)", "eur"),
        ("round(abs(-revenue), 2)", "eur"),
        ("max(revenue, cost, 3)", "eur"),
    ],
)
def test_units_are_carried_through_a_formula(text, found):
    assert str(unit(text)) == found


@pytest.mark.parametrize(
    "text",
    ["revenue + leads", "leads - won", "max(revenue, won)", "sum(1, cost, each)", "churn + share"],
)
def test_unlike_things_are_not_put_together(text):
    with pytest.raises(UnitsUnlike):
        unit(text)


@pytest.mark.parametrize(
    ("own", "text", "hinted"),
    [
        ("EUR", "revenue - cost", False),
        ("EUR", "leads", True),
        ("leads", "revenue / leads", True),
        ("EUR / lead", "revenue / leads", False),
        ("percent", "100 * won / leads", False),
        ("percent", "won / leads", True),
        ("ratio", "won / leads", False),
        ("ratio", "revenue", True),
        ("%", "churn * 2", False),
        ("count", "revenue", False),
        ("EUR", "some * 3", False),
    ],
)
def test_a_unit_that_seems_not_to_be_the_kpis_own_is_hinted_at(own, text, hinted):
    assert (unit_hint(own, unit(text)) is not None) == hinted


@pytest.mark.parametrize("text", ["", " ", "per", "per day", "/", "a//b", "per per per", "%/%"])
def test_any_text_can_be_a_unit(text):
    read_unit(text)
