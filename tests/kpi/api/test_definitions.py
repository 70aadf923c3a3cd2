from datetime import UTC, datetime

import pytest

PROBLEMS = "https://helmlog.dev/problems/"
NEW_YEAR = "2014-01-01T00:00:00Z"


def problem(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix(PROBLEMS)


async def put_target(client, **fields):
    body = {"effective_from": NEW_YEAR, "target": "30", **fields}
    return await client.send("PUT", "/v1/kpis/taxi-demand/targets", json=body)


async def patch(client, kpi="taxi-demand", **fields):
    return await client.send("PATCH", f"/v1/kpis/{kpi}", json=fields)


async def test_a_kpi_carries_all_that_is_said_of_it(client):
    said = {
        "rate": "per day",
        "measure": "counter",
        "aggregation": "sum",
        "fiscal_calendar": "company",
        "org_unit": "fleet",
        "definition": "Rides that began",
    }
    defined = await client.define(**said)
    assert {name: defined[name] for name in said} == said
    assert (defined["parent"], defined["template"], defined["is_derived"]) == (None, None, False)
    emptied = await patch(client, rate=None, org_unit=None, fiscal_calendar=None, direction="down")
    shown = (await client.get("/v1/kpis/taxi-demand")).json()
    assert shown == emptied.json()
    assert [shown[name] for name in ("rate", "org_unit", "fiscal_calendar", "direction")] == [
        None,
        None,
        None,
        "down",
    ]


async def test_a_counter_is_summed_unless_that_is_said_otherwise_and_refused(client):
    body = {
        "slug": "rides",
        "name": "Rides",
        "unit": "rides",
        "direction": "up",
        "cadence": "P1D",
        "measure": "counter",
    }
    refused = await client.post("/v1/kpis", json={**body, "aggregation": "mean"})
    assert problem(refused) == (422, "counter-not-summed")
    defined = await client.post("/v1/kpis", json=body)
    assert defined.json()["aggregation"] == "sum"


@pytest.mark.parametrize("field", ["direction", "type", "level", "cadence"])
async def test_what_a_kpi_needs_is_not_emptied(client, field):
    await client.define()
    assert (await patch(client, **{field: None})).status_code == 422


async def test_targets_have_a_history_by_purpose_and_period(client):
    await client.define(fiscal_calendar="company")
    await put_target(client, phrase="thirty or more")
    before = datetime.now(UTC).isoformat()
    await put_target(client, effective_from="2014-03-01T00:00:00Z", target="40")
    await put_target(client, target="900", period="fiscal_quarter", purpose="budget")
    path = "/v1/kpis/taxi-demand/targets"
    items = (await client.get(path, params={"purpose": "target"})).json()["items"]
    assert [(one["target"], one["effective_until"], one["holds"]) for one in items] == [
        ("30", "2014-03-01T00:00:00.000000Z", False),
        ("40", None, True),
    ]
    assert items[0]["phrase"] == "thirty or more"
    (then,) = (await client.get(path, params={"known_at": before})).json()["items"]
    assert (then["effective_until"], then["holds"]) == (None, True)
    in_february = {"valid_at": "2014-02-01T00:00:00Z", "period": "fiscal_quarter"}
    (budget,) = (await client.get(path, params=in_february)).json()["items"]
    assert (budget["target"], budget["purpose"]) == ("900", "budget")
    since = {"effective_from": "2014-04-01T00:00:00Z"}
    withdrawn = await client.post(f"{path}:withdraw", json=since)
    assert (withdrawn.json()["target"], withdrawn.json()["health"]) == (None, "no_data")
    assert (await client.get(path)).json()["items"][-1]["target"] is None
    shown = (await client.get("/v1/kpis/taxi-demand", params={"valid_at": NEW_YEAR})).json()
    assert (shown["target"], shown["judged_by"]["phrase"]) == ("30", "thirty or more")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"upper": "40"}, "band-not-within"),
        ({"period": "fiscal_year"}, "fiscal-calendar-needed"),
    ],
)
async def test_a_target_that_makes_no_sense_is_refused(client, changes, refusal):
    await client.define()
    assert problem(await put_target(client, **changes)) == (422, refusal)


async def test_a_band_judges_what_should_stay_within(client):
    await client.define(direction="within")
    assert problem(await put_target(client, upper="30")) == (422, "band-reversed")
    budget = {"upper": "40", "purpose": "budget"}
    assert problem(await put_target(client, **budget)) == (422, "band-of-budget")
    await put_target(client, upper="40")
    assert problem(await patch(client, direction="up")) == (409, "bands-stand")
    reading = {"kpi": "taxi-demand", "observed_at": "2014-07-01T00:00:00Z", "value": "50"}
    await client.post("/v1/readings", json=[reading])
    shown = (await client.get("/v1/kpis/taxi-demand")).json()
    assert (shown["health"], shown["achievement"]) == ("off_target", "0.800000")


async def test_what_is_not_there_is_neither_withdrawn_nor_revived(client):
    await client.define(fiscal_calendar="company")
    path = "/v1/kpis/taxi-demand"
    withdrawn = await client.post(f"{path}/targets:withdraw", json={})
    assert problem(withdrawn) == (422, "no-target-to-withdraw")
    revived = await client.post(f"{path}:revive", json={"reason": "x"})
    assert problem(revived) == (409, "kpi-not-retired")
    await put_target(client, period="fiscal_year")
    assert problem(await patch(client, fiscal_calendar=None)) == (409, "fiscal-calendar-used")


async def test_readings_of_a_retired_kpi_are_rejected_one_by_one_until_it_is_revived(client):
    await client.define()
    policy = {"effective_from": NEW_YEAR, "rules": [], "no_data_after": "PT1H"}
    await client.send("PUT", "/v1/kpis/taxi-demand/threshold-policy", json=policy)
    retire = {"reason": "the line is closed", "effective_from": "2014-07-02T00:00:00Z"}
    retired = await client.post("/v1/kpis/taxi-demand:retire", json=retire)
    assert retired.json()["retired"] == {
        "effective_from": "2014-07-02T00:00:00.000000Z",
        "reason": "the line is closed",
    }
    again = await client.post("/v1/kpis/taxi-demand:retire", json={"reason": "x"})
    assert problem(again) == (409, "kpi-retired")
    sent = [
        {"kpi": "taxi-demand", "observed_at": f"2014-07-0{day}T00:00:00Z", "value": day}
        for day in (1, 2, 3)
    ]
    answer = (await client.post("/v1/readings", json=sent)).json()
    assert (answer["accepted"], [one["row"] for one in answer["rejected"]]) == (1, [2, 3])
    assert answer["rejected"][0]["reason"] == (
        "the KPI 'taxi-demand' is retired from 2014-07-02T00:00:00.000000Z on: the line is closed"
    )
    shown = (await client.get("/v1/kpis/taxi-demand")).json()
    assert (shown["health"], shown["threshold_state"]) == ("not_judged", "normal")
    revive = {"reason": "it runs again", "effective_from": "2014-07-03T00:00:00Z"}
    revived = (await client.post("/v1/kpis/taxi-demand:revive", json=revive)).json()
    assert (revived["retired"], revived["health"]) == (None, "no_data")
    answer = (await client.post("/v1/readings", json=sent)).json()
    assert (answer["accepted"], answer["duplicates"], len(answer["rejected"])) == (1, 1, 1)


async def test_a_history_tells_who_changed_what_from_what_to_what(client):
    kpi = await client.define()
    before = datetime.now(UTC).isoformat()
    await patch(client, name="Rides", owner="maria")
    await put_target(client)
    await client.post("/v1/kpis/taxi-demand:retire", json={"reason": "closed"})
    path = "/v1/kpis/taxi-demand/history"
    page = (await client.get(path, params={"limit": 3})).json()
    rest = (await client.get(path, params={"cursor": page["next_cursor"]})).json()
    items = [*page["items"], *rest["items"]]
    assert [(one["version"], one["type"]) for one in items] == [
        (1, "KPIDefined"),
        (2, "KPIRevised"),
        (3, "KPITargetSet"),
        (4, "KPIRetired"),
    ]
    assert rest["next_cursor"] is None
    assert items[1]["changes"] == [
        {"field": "name", "old": "Taxi demand", "new": "Rides"},
        {"field": "owner", "old": None, "new": "maria"},
    ]
    assert items[2]["occurred_at"] == "2014-01-01T00:00:00.000000Z"
    assert items[1]["actor"] == items[0]["actor"] != ""
    assert items[3]["reason"] == "closed"
    known = (await client.get(path, params={"known_at": before})).json()["items"]
    assert [one["version"] for one in known] == [1]
    valid = (await client.get(path, params={"valid_at": NEW_YEAR})).json()["items"]
    assert [one["version"] for one in valid] == [1, 3]
    then = (await client.get(f"/v1/kpis/{kpi['id']}", params={"valid_at": before})).json()
    assert then["name"] == "Taxi demand"
