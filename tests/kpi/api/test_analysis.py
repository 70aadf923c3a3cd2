"""Backtests, suggested bounds and forecasts over HTTP."""

from datetime import UTC, datetime, timedelta
from math import sin, tau

import pytest

START = datetime(2024, 1, 1, tzinfo=UTC)
POLICY = {"rules": [{"severity": "critical", "when": "below", "value": 50, "recover": 80}]}
WEEK = {"from": "2024-01-01T00:00:00Z", "to": "2024-01-08T00:00:00Z"}


def hour(place):
    return (START + timedelta(hours=place)).isoformat()


async def send(client, slug, values, **fields):
    rows = [
        {"kpi": slug, "observed_at": hour(place), "value": value, **fields}
        for place, value in values
    ]
    response = await client.post("/v1/readings", json=rows)
    assert response.json()["rejected"] == []


async def backtest(client, body, **sent):
    return await client.post("/v1/kpis/demand/backtests", json=body, **sent)


@pytest.fixture
async def demand(client):
    """A week by the hour: 100, but 10 for the five hours from the 30th on."""
    await client.define("demand", cadence="PT1H")
    await send(client, "demand", [(at, 10 if 30 <= at < 35 else 100) for at in range(168)])
    return client


async def test_a_proposed_policy_is_told_beside_the_one_in_force_and_held_to_windows(demand):
    current = POLICY | {"effective_from": hour(32)}
    assert (await demand.send("PUT", "/v1/kpis/demand/threshold-policy", json=current)).is_success
    windows = {"demand.csv": [["2024-01-02 05:00:00.000000", "2024-01-02 12:00:00.000000"]]}
    body = WEEK | {"policy": POLICY | {"no_data_after": "PT2H"}, "windows": windows}
    first = await backtest(demand, body, headers={"Idempotency-Key": "one"}, role="viewer")
    told = first.json()
    (breach,) = told["proposed"]["items"]
    assert (breach["triggered_at"], breach["recovered_at"]) == (
        "2024-01-02T06:00:00.000000Z",
        "2024-01-02T11:00:00.000000Z",
    )
    assert (breach["seconds"], breach["in_window"]) == (5 * 3600, True)
    assert told["current"]["items"][0]["triggered_at"] == "2024-01-02T08:00:00.000000Z"
    detection = told["proposed"]["detection"]
    assert (detection["hits"], detection["false_alarms"], detection["recall"]) == (1, 0, "1.0000")
    assert detection["windows"][0]["delay_seconds"] == 3600
    again = await backtest(demand, body, headers={"Idempotency-Key": "one"}, role="viewer")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == told
    assert (await demand.get("/v1/kpis/demand/breaches?valid_at=2024-01-02T07:00:00Z")).json()[
        "items"
    ] == []


async def test_a_backtest_goes_by_what_was_known_then(demand):
    known_at = datetime.now(UTC).isoformat()
    await send(demand, "demand", [(at, 100) for at in range(30, 35)])
    told = [
        (await backtest(demand, WEEK | {"policy": POLICY, "known_at": moment})).json()
        for moment in (None, known_at)
    ]
    assert [one["proposed"]["breaches"] for one in told] == [0, 1]
    assert [one["readings"] for one in told] == [168, 168]


@pytest.mark.parametrize(
    ("changes", "slug", "pointer"),
    [
        ({"to": WEEK["from"]}, "stretch-empty", "#/to"),
        ({"to": "2034-01-01T00:00:00Z"}, "stretch-too-long", "#/to"),
        ({"windows": [[hour(9), hour(8)]]}, "window-outside", "#/windows/0"),
        ({"windows": {"a": [], "b": []}}, "windows-of-several", "#/windows"),
        (
            {"policy": {"rules": [POLICY["rules"][0] | {"recover": 40}]}},
            "recovery-inside-breach",
            "#/policy/rules/0/recover",
        ),
    ],
)
async def test_what_cannot_be_tried_is_refused_with_its_reason(client, changes, slug, pointer):
    await client.define("demand")
    response = await backtest(client, WEEK | {"policy": POLICY} | changes)
    assert response.status_code == 422
    problem = response.json()
    assert problem["type"].endswith(f"/{slug}")
    assert [one["pointer"] for one in problem["errors"]] == [pointer]


async def test_suggested_bounds_can_be_set_as_they_are(client):
    await client.define("demand", cadence="PT1H")
    values = [100 + 20 * sin(tau * at / 24) + (at * 7919 % 13) - 6 for at in range(336)]
    await send(client, "demand", enumerate(values))
    path = "/v1/kpis/demand/threshold-suggestion?from=2024-01-01T00:00:00Z&to=2024-01-15T00:00:00Z"
    told = (await client.get(path)).json()
    assert {one["when"] for one in told["suggestion"]["rules"]} == {"below"}
    assert told["would_have_fired"]["breaches"] <= 1
    assert told["usual"]["readings"] == 336
    body = told["suggestion"] | {"effective_from": hour(0)}
    assert (await client.send("PUT", "/v1/kpis/demand/threshold-policy", json=body)).is_success
    few = (await client.get(path.replace("2024-01-15", "2024-01-02"))).json()
    assert (few["suggestion"], few["reason"]) == (
        None,
        "there are 24 readings; at least 100 are needed",
    )


async def test_a_forecast_adds_what_has_come_in_to_what_is_foretold_of_the_month(client):
    await client.define("sales", cadence="P1D", aggregation="sum")
    values = [(24 * day, 100 + 30 * (day % 7 < 5) + day * 37 % 5) for day in range(91)]
    await send(client, "sales", values)
    path = (
        "/v1/kpis/sales/forecast?period=day&within=month&target=3600"
        "&valid_at=2024-03-16T00:00:00Z&until=2024-04-01T00:00:00Z&since=2024-01-01T00:00:00Z"
    )
    told = (await client.get(path)).json()
    assert told["available"]
    assert told["seasons"][0]["found"]
    assert len(told["steps"]) == 16
    month, quarter = told["outcomes"]
    march = [value for at, value in values if 60 * 24 <= at < 91 * 24]
    assert float(month["so_far"]) == sum(march[:15])
    assert float(month["lower_95"]) <= sum(march) <= float(month["upper_95"])
    assert float(month["chance"]) == 0.999
    assert float(quarter["value"]) == pytest.approx(sum(one for _, one in values), rel=0.01)
    assert told["trial"]["model"]["mean_absolute_error"] is not None
    again = (await client.get(path)).json()
    assert again == told
    late = await client.get(path.replace("valid_at=2024-03-16", "valid_at=2024-01-05"))
    assert (late.json()["available"], late.json()["reason"]) == (
        False,
        "4 periods have a value; at least 12 are needed",
    )


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("period=week&within=month", "periods-dont-tile"),
        ("period=hour&until=2099-01-01T00:00:00Z", "horizon-too-far"),
        ("until=2001-01-01T00:00:00Z", "until-not-ahead"),
        ("period=fiscal_month", "fiscal-calendar-missing"),
        ("valid_at=9999-12-31T23:00:00Z", "calendar-exceeded"),
    ],
)
async def test_what_cannot_be_foretold_is_refused_with_its_reason(client, query, slug):
    await client.define("demand")
    response = await client.get(f"/v1/kpis/demand/forecast?{query}")
    assert response.status_code == 422, response.text
    assert response.json()["type"].endswith(f"/{slug}")


async def test_an_unknown_kpi_has_no_analyses(client):
    for path in (
        "forecast",
        "threshold-suggestion?from=2024-01-01T00:00:00Z&to=2024-01-02T00:00:00Z",
    ):
        assert (await client.get(f"/v1/kpis/nothing/{path}")).status_code == 404
