from dataclasses import replace
from datetime import UTC, datetime

import pytest
from helmlog_local.company.load import load_company
from helmlog_local.company.series import Tally, tally
from helmlog_local.demo.comparison import Breach
from helmlog_local.demo.looking_back import View
from helmlog_local.demo.outcome import Outcome
from helmlog_local.demo.shortcomings import shortcomings

NOON = datetime(2024, 8, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def company():
    return load_company({})


@pytest.fixture
def outcome(company):
    moved = {"title": "Sales growth", "kpi_id": "1", "value": "7.6", "baseline": "6.6"}
    return Outcome(
        breaches={"checkout-latency": [Breach("critical", NOON, None)]},
        stored={one.slug: tally(one.readings)._replace(duplicates=0) for one in company.series},
        boards={company.shown.name: {"objectives": [{"key_results": [moved]}]}},
        graphs={},
        risks=(),
        history=(),
        verification={"holds": True, "logs": [], "findings": []},
    )


@pytest.fixture
def views():
    view = View("middle", NOON, NOON, {"1": {"progress": "0.5"}}, {}, "00", 1, ())
    return [view, view, replace(view, measured={"1": {"progress": "0.4"}})]


def test_a_demo_in_which_all_is_well_has_none(company, outcome, views):
    assert list(shortcomings(company, outcome, views)) == []


def test_a_reading_that_can_not_be_read_back_is_one(company, outcome, views):
    stored = {**outcome.stored, "sales-growth": Tally(273, 0, 0)}
    (found,) = shortcomings(company, replace(outcome, stored=stored), views)
    assert "274 instants and 0 corrections were sent, 273 and 0 can be read back" in found


def test_feeds_full_of_incidents_without_a_breach_are_one(company, outcome, views):
    (found,) = shortcomings(company, replace(outcome, breaches={"sales-growth": []}), views)
    assert "no KPI has a breach" in found


def test_key_results_that_stand_at_their_baseline_are_one(company, outcome, views):
    still = {"title": "Sales growth", "kpi_id": "1", "value": "6.60", "baseline": "6.6"}
    boards = {company.shown.name: {"objectives": [{"key_results": [still]}]}}
    (found,) = shortcomings(company, replace(outcome, boards=boards), views)
    assert "no key result of 2024-Q3 that follows a KPI has moved" in found


def test_services_that_contradict_each_other_are_one(company, outcome, views):
    views[0] = replace(views[0], differing=("Sales growth",))
    (found,) = shortcomings(company, outcome, views)
    assert "differ on 'Sales growth'" in found


def test_a_correction_that_changes_the_past_for_nobody_is_one(company, outcome, views):
    views[2] = views[1]
    (found,) = shortcomings(company, outcome, views)
    assert "the late correction does not show" in found


def test_a_log_that_does_not_hold_is_one(company, outcome, views):
    broken = {"holds": False, "logs": [], "findings": []}
    (found,) = shortcomings(company, replace(outcome, verification=broken), views)
    assert found == "the log does not hold"
