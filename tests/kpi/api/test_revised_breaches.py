"""Breaches that late and corrected readings revised, as they were known at any moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.kpi.api.test_main_flow import POLICY, readings

PATH = "/v1/kpis/taxi-demand/breaches"


async def listed(client, **params: Any) -> list[dict[str, Any]]:
    sent = {
        name: one.isoformat() if isinstance(one, datetime) else one for name, one in params.items()
    }
    return (await client.get(PATH, params=sent)).json()["items"]


async def test_a_breach_is_shown_as_it_was_known_then(client):
    await client.define()
    await client.send("PUT", "/v1/kpis/taxi-demand/threshold-policy", json=POLICY)
    await client.post("/v1/readings", json=readings(9000, 9000, 4000, 4000, 4000, 9000))
    (first,) = await listed(client)
    assert (first["opened_at"], first["readings"]) == ("2014-07-01T02:00:00.000000Z", 3)
    before = datetime.now(UTC)
    correction = readings(9000, 4500)[1:]
    await client.post("/v1/readings", json=correction)
    (revised,) = await listed(client)
    assert revised["id"] == first["id"]
    assert revised["opened_at"] == "2014-07-01T01:00:00.000000Z"
    assert revised["trigger"]["observed_at"] == "2014-07-01T03:00:00.000000Z"
    assert revised["readings"] == 4
    assert await listed(client, known_at=before) == [first]
    assert await listed(client, valid_at="2014-07-01T03:00:00Z", known_at=before) == []
    (early,) = await listed(client, valid_at="2014-07-01T03:00:00Z")
    assert (early["recovered_at"], early["readings"]) == (None, 3)


async def test_a_breach_that_was_none_is_shown_only_as_it_was_known(client):
    await client.define()
    await client.send("PUT", "/v1/kpis/taxi-demand/threshold-policy", json=POLICY)
    for day in range(1, 5):
        await client.post("/v1/readings", json=readings(4000, 4000, 4000, 9000, day=day))
    before = datetime.now(UTC)
    everything = await listed(client)
    for day in (1, 2):
        await client.post("/v1/readings", json=readings(7000, day=day))
    assert await listed(client) == everything[2:]
    assert await listed(client, known_at=before) == everything
    # Pages are full, though some rows in between were no breaches.
    page = await client.get(PATH, params={"limit": 1, "known_at": datetime.now(UTC).isoformat()})
    assert page.json()["items"] == [everything[2]]
    rest = await listed(client, cursor=page.json()["next_cursor"])
    assert rest == [everything[3]]
    shown = await client.get("/v1/kpis/taxi-demand", params={"known_at": before.isoformat()})
    assert shown.json()["threshold_state"] == "normal"
