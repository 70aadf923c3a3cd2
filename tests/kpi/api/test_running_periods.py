"""The period of a derived KPI that still runs, as the values by period show it."""

from datetime import UTC, datetime, timedelta

import pytest
from helmlog_events import clock

from tests.kpi.api.deriving import Deriving, at


@pytest.fixture
async def deriving(client, database):
    async with Deriving.open(client, database.app) as deriving:
        yield deriving


async def values(deriving, slug, *, period="day", **asked):
    path = f"/v1/kpis/{slug}/values"
    answer = await deriving.client.get(path, params={"period": period, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def figures(items):
    return [(one["starts_at"][8:10], one["value"], one["complete"]) for one in items]


async def test_a_running_period_has_the_value_so_far_of_its_inputs(deriving):
    await deriving.define("won", "leads", "rate", unit="count", aggregation="sum")
    await deriving.formula("rate", "100 * won / leads", "won", "leads", period="year")
    now = clock.now()
    rows = [("won", 1), ("leads", 4), ("leads", 6)]
    for number, (slug, value) in enumerate(rows):
        observed = {"observed_at": (now - timedelta(microseconds=number)).isoformat()}
        await deriving.read(slug, {0: value}, **observed)
    await deriving.settle()
    (running,) = await values(deriving, "rate", period="year")
    assert (running["value"], running["reason"], running["complete"]) == ("10", None, False)
    assert (running["readings"], running["min"], running["first_observed_at"]) == (0, None, None)
    assert await values(deriving, "rate", period="month") == []
    told = await deriving.client.get(f"/v1/kpis/rate/values/{now.isoformat()}/lineage")
    assert (told.json()["value"], told.json()["provisional"]) == ("10", True)


async def test_a_period_ran_at_a_moment_in_the_past_and_none_of_its_later_readings_count(deriving):
    await deriving.define("won", "leads", "rate", unit="count", aggregation="sum")
    await deriving.formula("rate", "100 * won / leads", "won", "leads")
    await deriving.read("won", {0: 1, 1: 3})
    await deriving.read("leads", {0: 4, 1: 4})
    await deriving.read("won", {1: 1}, observed_at=at(1, 20).isoformat())
    await deriving.settle()
    assert figures(await values(deriving, "rate")) == [("01", "25", True), ("02", "100", True)]
    noon = {"valid_at": at(1, 12).isoformat()}
    assert figures(await values(deriving, "rate", **noon)) == [
        ("01", "25", True),
        ("02", "75", False),
    ]
    # Before the first of its readings nothing is to be said of the second day.
    early = {"valid_at": at(1, 1).isoformat()}
    assert figures(await values(deriving, "rate", **early)) == [("01", "25", True)]
    first = {**noon, "limit": "1"}
    assert figures(await values(deriving, "rate", **first)) == [("01", "25", True)]
    assert figures(await values(deriving, "rate", **noon, to=at(1, 0).isoformat())) == [
        ("01", "25", True)
    ]


async def test_a_running_period_without_a_value_says_why(deriving):
    await deriving.define("won", "leads", "rate", unit="count")
    await deriving.formula("rate", "won / leads", "won", "leads")
    await deriving.client.send(
        "PUT",
        "/v1/kpis/rate/targets",
        json={"effective_from": at(0, 0).isoformat(), "target": "1", "period": "day"},
    )
    await deriving.read("won", {0: 1})
    noon = {"valid_at": at(0, 12).isoformat()}
    (running,) = await values(deriving, "rate", **noon)
    assert (running["value"], running["reason"]) == (None, "leads has no value")
    assert (running["target"], running["target_reached"]) == ("1", None)
    known = datetime.now(UTC).isoformat()
    await deriving.read("leads", {0: 0})
    (running,) = await values(deriving, "rate", **noon)
    assert (running["value"], running["reason"]) == (None, "division by zero: leads is 0")
    (running,) = await values(deriving, "rate", **noon, known_at=known)
    assert running["reason"] == "leads has no value"


async def test_inputs_that_are_derived_by_the_same_period_count_as_they_stand(deriving):
    await deriving.define("won", "rate", "double", "weekly", unit="count")
    await deriving.formula("double", "rate + previous(rate)", "rate")
    await deriving.formula("rate", "2 * won", "won")
    await deriving.formula("weekly", "1 * rate", "rate", period="week")
    await deriving.read("won", {0: 1, 1: 5})
    await deriving.read("won", {1: 9}, observed_at=at(1, 20).isoformat())
    await deriving.settle()
    noon = {"valid_at": at(1, 12).isoformat()}
    assert figures(await values(deriving, "rate", **noon))[1] == ("02", "10", False)
    assert figures(await values(deriving, "double", **noon))[-1] == ("02", "12", False)
    # By weeks, the days that are recorded make the value.
    (week,) = await values(deriving, "weekly", period="week", valid_at=at(0, 23).isoformat())
    assert week["value"] == "2"


async def test_nothing_runs_while_the_kpi_is_retired_or_no_input_was_read(deriving):
    await deriving.define("won", "double")
    await deriving.formula("double", "2 * won", "won", since=at(1, 0).isoformat())
    await deriving.read("won", {0: 1, 2: 1})
    assert await values(deriving, "double", valid_at=at(0, 12).isoformat()) == []
    assert await values(deriving, "double", valid_at=at(1, 12).isoformat()) == []
    then = {"valid_at": at(2, 12).isoformat()}
    assert figures(await values(deriving, "double", **then)) == [("03", "2", False)]
    retired = {"effective_from": at(2, 0).isoformat(), "reason": "no use"}
    answer = await deriving.client.post("/v1/kpis/double:retire", json=retired)
    assert answer.status_code == 200, answer.text
    assert await values(deriving, "double", **then) == []
