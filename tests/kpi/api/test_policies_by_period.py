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


async def test_a_breach_tells_the_periods_whose_values_made_it(demand):
    nothing = await demand.get("/v1/kpis/demand/breaches")
    assert nothing.json()["items"] == []
    await demand.send("PUT", PATH, json=BY_DAY | {"effective_from": START.isoformat()})
    await send(demand, "demand", [(168, 100)])  # the next batch heeds it
    (listed,) = (await demand.get("/v1/kpis/demand/breaches")).json()["items"]
    told = (await demand.get(f"/v1/breaches/{listed['id']}")).json()
    acknowledged = (await demand.post(f"/v1/breaches/{listed['id']}:acknowledge")).json()
    then = {"known_at": listed["announced_at"]}
    (early,) = (await demand.get("/v1/breaches", params=then)).json()["items"]
    for one in (listed, told, acknowledged, early):
        assert one["opened_period"] == day(3)
        assert one["trigger"]["period"] == day(4)
        assert one["recovered_period"] == day(6)
    assert [one["period"] for one in told["severities"]] == [day(4)]
    at = {"valid_at": "2024-01-06T12:00:00Z"}
    (open_,) = (await demand.get("/v1/kpis/demand/breaches", params=at)).json()["items"]
    assert (open_["opened_period"], open_["recovered_period"]) == (day(3), None)


async def test_where_readings_are_judged_no_period_is_told(demand):
    by_reading = BY_DAY | {"evaluate": "reading", "period": None}
    await demand.send("PUT", PATH, json=by_reading | {"effective_from": START.isoformat()})
    await send(demand, "demand", [(168, 100)])
    (listed,) = (await demand.get("/v1/kpis/demand/breaches")).json()["items"]
    told = listed["opened_period"], listed["trigger"]["period"], listed["recovered_period"]
    assert told == (None, None, None)


def day(of_january: int) -> dict[str, str]:
    return {
        "period": "day",
        "starts_at": f"2024-01-{of_january:02d}T00:00:00.000000Z",
        "ends_at": f"2024-01-{of_january + 1:02d}T00:00:00.000000Z",
    }
