"""Policies that judge by period over HTTP: what is refused, and what they would have said."""

import pytest

from tests.kpi.api.test_analysis import START, WEEK, hour, send

PATH = "/v1/kpis/demand/threshold-policy"
BY_DAY = {
    "evaluate": "period",
    "period": "day",
    "rules": [{"severity": "warning", "when": "below", "value": 90, "for_readings": 2}],
}


@pytest.fixture
async def demand(client):
    """A week by the hour: 100, but 10 on the third, fourth and fifth day."""
    await client.define("demand", cadence="PT1H", aggregation="mean")
    await send(client, "demand", [(at, 10 if 48 <= at < 120 else 100) for at in range(168)])
    return client


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"period": None}, "period-amiss"),
        ({"evaluate": "reading"}, "period-amiss"),
        ({"period": "fiscal_quarter"}, "fiscal-calendar-needed"),
    ],
)
async def test_a_period_goes_with_evaluation_by_period(client, changes, slug):
    await client.define("demand")
    asked = BY_DAY | changes
    put = await client.send("PUT", PATH, json=asked | {"effective_from": hour(0)})
    tried = await client.post("/v1/kpis/demand/backtests", json=WEEK | {"policy": asked})
    for answer, pointer in ((put, "#/period"), (tried, "#/policy/period")):
        assert answer.status_code == 422
        assert answer.json()["type"] == f"https://helmlog.dev/problems/{slug}"
        assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_backtest_by_day_says_what_the_policy_in_force_says_of_the_days(demand):
    put = await demand.send("PUT", PATH, json=BY_DAY | {"effective_from": START.isoformat()})
    policy = put.json()["threshold_policy"]
    assert (policy["evaluate"], policy["period"]) == ("period", "day")
    told = (await demand.post("/v1/kpis/demand/backtests", json=WEEK | {"policy": BY_DAY})).json()
    assert told["readings"] == 168
    assert told["proposed"] == told["current"]
    (breach,) = told["proposed"]["items"]
    assert (breach["opened_at"], breach["triggered_at"], breach["recovered_at"]) == (
        "2024-01-04T00:00:00.000000Z",
        "2024-01-05T00:00:00.000000Z",
        "2024-01-07T00:00:00.000000Z",
    )
