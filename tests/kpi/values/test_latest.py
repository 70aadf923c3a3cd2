from datetime import UTC, datetime

import pytest

from tests.kpi.api.test_main_flow import POLICY, readings

LATEST = "/v1/values/latest"


async def latest(client, *keys, **asked):
    answer = await client.get(LATEST, params={"kpi": keys, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def overview(client, **asked):
    answer = await client.get("/v1/health-overview", params=asked)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return {name: count for name, count in body["health"].items() if count}, body["total"]


@pytest.fixture
async def three(client):
    """One in breach, one that reaches its target, one without any data."""
    for slug, owner in (("demand", "maria"), ("supply", "maria"), ("price", None)):
        await client.define(slug, owner=owner)
    await client.send("PUT", "/v1/kpis/demand/threshold-policy", json=POLICY)
    target = {"effective_from": "2014-01-01T00:00:00Z", "target": "30"}
    await client.send("PUT", "/v1/kpis/supply/targets", json=target)
    await client.post("/v1/readings", json=readings(9000, 10, 10, 10, kpi="demand"))
    await client.post("/v1/readings", json=readings(20, 40, kpi="supply"))


@pytest.mark.usefixtures("three")
async def test_the_latest_values_of_many_kpis_come_in_one_answer(client):
    one = (await client.get("/v1/kpis/supply")).json()
    found = await latest(client, "price", one["id"], "nothing", "demand", "demand")
    assert [item["slug"] for item in found["items"]] == ["price", "supply", "demand"]
    assert found["unknown"] == ["nothing"]
    price, supply, demand = found["items"]
    assert (price["value"], price["health"]) == (None, "no_data")
    assert supply == {
        "kpi": one["id"],
        **{name: one[name] for name in supply if name != "kpi"},
    }
    assert (supply["value"], supply["health"], supply["target"]) == ("40", "on_target", "30")
    assert (demand["value"], demand["threshold_state"]) == ("10", "critical")


@pytest.mark.usefixtures("three")
async def test_the_latest_values_are_told_as_of_a_moment(client):
    before = datetime.now(UTC).isoformat()
    await client.post("/v1/readings", json=readings(50, kpi="supply", day=2))
    await client.define("later")
    then = await latest(client, "demand", "supply", valid_at="2014-07-01T00:30:00Z")
    assert [(one["value"], one["health"]) for one in then["items"]] == [
        ("9000", "not_judged"),
        ("20", "off_target"),
    ]
    known = await latest(client, "demand", "supply", "later", known_at=before)
    assert [(one["value"], one["health"]) for one in known["items"]] == [
        ("10", "critical"),
        ("40", "on_target"),
    ]
    assert known["unknown"] == ["later"]


@pytest.mark.usefixtures("three")
async def test_health_is_counted_over_all_kpis_or_those_asked_for(client):
    everything = {"no_data": 1, "critical": 1, "on_target": 1}
    before = datetime.now(UTC).isoformat()
    assert await overview(client) == (everything, 3)
    assert await overview(client, owner="maria") == ({"critical": 1, "on_target": 1}, 2)
    assert await overview(client, type="financial") == ({}, 0)
    assert await overview(client, org_unit="north") == ({}, 0)
    await client.send("PATCH", "/v1/kpis/price", json={"owner": "maria"})
    assert (await overview(client, owner="maria"))[1] == 3
    assert (await overview(client, owner="maria", known_at=before))[1] == 2
    assert (await overview(client, valid_at="2014-07-01T00:30:00Z"))[0] == {
        "no_data": 1,
        "not_judged": 1,
        "off_target": 1,
    }


@pytest.mark.parametrize("keys", [[], [""], ["k" * 101], ["k"] * 501])
async def test_no_kpi_or_too_many_are_refused(client, keys):
    assert (await client.get(LATEST, params={"kpi": keys})).status_code == 422
