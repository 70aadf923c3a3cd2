from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from helmlog_events.contracts.kpi import FormulaInput, KPIFormulaSet, KPIRetired
from kpi_service.domain.formula.decide import MAX_DEPTH, SetFormula, made_of, set_formula
from kpi_service.domain.formula.refusals import (
    FormulaCircular,
    FormulaPeriodTooFine,
    FormulaTooDeep,
    FormulaUnreadable,
    InputNameUnusable,
    InputRetired,
    InputsMissing,
    InputsUnused,
    InputUnknown,
    UnitsUnlike,
)
from kpi_service.domain.kpi.refusals import FiscalCalendarNeeded
from kpi_service.domain.kpi.state import KPI, fold

from tests.kpi.domain.builders import DEFINED

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
SLUGS = ("rate", "won", "leads", "revenue", "total")
RATE, WON, LEADS, REVENUE, TOTAL = (UUID(int=number) for number in range(1, 6))


def defined(kpi_id, *events, **changes) -> KPI:
    slug = SLUGS[kpi_id.int - 1] if kpi_id.int <= len(SLUGS) else f"kpi-{kpi_id.int}"
    changes = {"kpi_id": kpi_id, "slug": slug, "unit": "deals"} | changes
    return fold([DEFINED.model_copy(update=changes), *events])


def made(kpi_id, *inputs, since=SINCE, expression=None, period="day") -> KPIFormulaSet:
    names = [f"x{place}" for place in range(len(inputs))]
    return KPIFormulaSet(
        kpi_id=kpi_id,
        effective_from=since,
        expression=expression or " + ".join(names),
        inputs=tuple(
            FormulaInput(name=name, kpi_id=one) for name, one in zip(names, inputs, strict=True)
        ),
        period=period,
    )


def command(expression="won / leads", period="day", since=SINCE, **inputs) -> SetFormula:
    named = inputs or {"won": WON, "leads": LEADS}
    return SetFormula(
        RATE,
        since,
        expression,
        tuple(FormulaInput(name=name, kpi_id=one) for name, one in named.items()),
        period,
        NOW,
    )


KNOWN = {one: defined(one) for one in (WON, LEADS)}


def test_a_formula_holds_from_its_time_on():
    allowed = set_formula(command(), defined(RATE, unit="ratio"), KNOWN)
    (event,) = allowed.events
    assert (event.effective_from, event.expression, event.period) == (SINCE, "won / leads", "day")
    assert {one.name: one.kpi_id for one in event.inputs} == {"won": WON, "leads": LEADS}
    assert allowed.hints == ()


def test_the_same_formula_again_changes_nothing():
    (event,) = set_formula(command(), defined(RATE), KNOWN).events
    assert set_formula(command(), defined(RATE, event), KNOWN).events == ()


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (command("won /"), FormulaUnreadable(6, "something is missing at the end")),
        (command("won / lead"), InputsMissing(["lead"])),
        (command("won", won=WON, leads=LEADS), InputsUnused(["leads"])),
        (command("5", won=WON), InputsUnused(["won"])),
        (command("won", won=WON, Leads=LEADS), InputNameUnusable("Leads")),
        (command("won", won=WON, min=LEADS), InputNameUnusable("min")),
        (command("won", **{"won": WON, "": LEADS}), InputNameUnusable("")),
        (command("won", **{"won": WON, "a" * 64: LEADS}), InputNameUnusable("a" * 64)),
        (command("won", won=TOTAL), InputUnknown("won", TOTAL)),
        (command(period="fiscal_year"), FiscalCalendarNeeded("fiscal_year")),
    ],
)
def test_what_makes_no_formula_is_refused(wanted, refusal):
    with pytest.raises(type(refusal)) as refused:
        set_formula(wanted, defined(RATE), KNOWN)
    assert refused.value.args == refusal.args


def test_a_fiscal_period_needs_a_kpi_with_a_fiscal_calendar():
    assert set_formula(command(period="fiscal_year"), defined(RATE, fiscal_calendar="fy"), KNOWN)


def test_an_input_has_to_be_measured_when_the_formula_begins_to_hold():
    retired = KPIRetired(kpi_id=LEADS, effective_from=SINCE + timedelta(days=30), reason="over")
    known = KNOWN | {LEADS: defined(LEADS, retired)}
    assert set_formula(command(), defined(RATE), known).events
    with pytest.raises(InputRetired):
        set_formula(command(since=SINCE + timedelta(days=30)), defined(RATE), known)


@pytest.mark.parametrize(
    ("cadence", "formula_period", "period", "allowed"),
    [
        ("PT30M", None, "hour", True),
        ("P1D", None, "day", True),
        ("P1D", None, "hour", False),
        ("P1W", None, "month", True),
        ("P1M", None, "month", True),
        ("P1M", None, "week", False),
        ("P3M", None, "quarter", True),
        ("P30D", None, "month", True),
        ("P1Y", None, "quarter", False),
        ("P1Y", None, "fiscal_year", True),
        ("PT1M", "month", "month", True),
        ("PT1M", "month", "day", False),
        ("PT1M", "week", "fiscal_month", True),
        ("PT1M", "year", "fiscal_month", False),
    ],
)
def test_a_period_is_no_finer_than_what_its_inputs_are_told_in(
    cadence, formula_period, period, allowed
):
    events = [made(LEADS, WON, period=formula_period)] if formula_period else []
    known = KNOWN | {LEADS: defined(LEADS, *events, cadence=cadence)}
    kpi = defined(RATE, fiscal_calendar="fy")
    if allowed:
        assert set_formula(command(period=period), kpi, known).events
    else:
        with pytest.raises(FormulaPeriodTooFine):
            set_formula(command(period=period), kpi, known)


def test_a_kpi_is_not_made_of_itself():
    with pytest.raises(FormulaCircular) as refused:
        set_formula(command("rate", rate=RATE), defined(RATE), {})
    assert refused.value.path == ("rate", "rate")


def test_nor_over_other_kpis_at_any_time():
    # Total was made of the rate in a year that this formula does not hold in.
    total = defined(TOTAL, made(TOTAL, RATE, since=SINCE - timedelta(days=900)), made(TOTAL, WON))
    leads = defined(LEADS, made(LEADS, TOTAL, WON))
    known = {WON: defined(WON), LEADS: leads, TOTAL: total}
    with pytest.raises(FormulaCircular) as refused:
        set_formula(command(), defined(RATE), known)
    assert refused.value.path == ("rate", "leads", "total", "rate")


def test_what_another_formula_for_the_same_time_replaced_makes_no_circle():
    total = defined(TOTAL, made(TOTAL, RATE), made(TOTAL, WON))
    assert made_of(total) == (WON,)
    known = {TOTAL: total, WON: defined(WON)}
    assert set_formula(command("total", total=TOTAL), defined(RATE), known).events


def test_derived_kpis_are_made_of_derived_ones_over_few_steps():
    chain = [UUID(int=100 + number) for number in range(MAX_DEPTH + 1)]
    known = {chain[0]: defined(chain[0])}
    for below, one in pairwise(chain):
        known[one] = defined(one, made(one, below))
    assert set_formula(command("x", x=chain[-2]), defined(RATE), known).events
    with pytest.raises(FormulaTooDeep):
        set_formula(command("x", x=chain[-1]), defined(RATE), known)


def test_amounts_of_unlike_things_are_not_added_and_odd_units_are_hinted_at():
    known = KNOWN | {REVENUE: defined(REVENUE, unit="EUR")}
    with pytest.raises(UnitsUnlike):
        set_formula(command("revenue + won", revenue=REVENUE, won=WON), defined(RATE), known)
    wanted = command("revenue / won", revenue=REVENUE, won=WON)
    assert set_formula(wanted, defined(RATE, unit="EUR per deal"), known).hints == ()
    (hint,) = set_formula(wanted, defined(RATE, unit="EUR"), known).hints
    assert hint == "the formula gives eur / deal, while the KPI is in EUR"


def test_a_rate_is_none_any_more_once_it_is_added_up_over_the_period():
    known = {
        WON: defined(WON, unit="deals", rate="per day"),
        LEADS: defined(LEADS, unit="deals", rate="per day", aggregation="sum"),
    }
    with pytest.raises(UnitsUnlike):
        set_formula(command("won + leads"), defined(RATE), known)
    known |= {WON: defined(WON, rate="per day", aggregation="sum")}
    assert set_formula(command("won + leads"), defined(RATE), known).events
