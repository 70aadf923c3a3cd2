"""The silence of a source is listed and dealt with like a breach; all of it is streamed live."""

from datetime import UTC, datetime, timedelta

import httpx
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.testing.probes import eventually, running
from kpi_service.bootstrap import create_timers

from tests.kpi.api.test_breach_dealings import breached
from tests.kpi.api.test_main_flow import POLICY, readings
from tests.support.sockets import at_an_address
from tests.web.listening import listening


async def test_a_silence_is_listed_and_dealt_with_as_a_breach_is(client, database):
    kpi = await client.define()
    policy = {**POLICY, "no_data_after": "PT2H", "on_no_data": "alert"}
    await client.send("PUT", "/v1/kpis/taxi-demand/threshold-policy", json=policy)
    await client.post("/v1/readings", json=readings(9000))
    engine = create_engine(database.app)
    store = PostgresStore(engine)

    async def listed(**params):
        return (await client.get("/v1/breaches", params=params)).json()["items"]

    async with running(create_timers(engine, store).run()):
        (silence,) = await eventually(lambda: listed(kind="no_data", state="open"))
        assert (silence["opened_at"], silence["severity"]) == ("2014-07-01T02:00:00.000000Z", None)
        assert (silence["last_observed_at"], silence["trigger"]) == (
            "2014-07-01T00:00:00.000000Z",
            None,
        )
        assert (await client.get("/v1/kpis/taxi-demand")).json()["health"] == "no_data"
        path = f"/v1/breaches/{silence['id']}"
        assert (await client.post(f"{path}:acknowledge")).json()["version"] == 1
        assert await listed(kind="no_data", acknowledged=True) != []
        for moment, count in (("2014-07-01T02:00:00Z", 0), ("2014-07-01T02:00:01Z", 1)):
            assert len(await listed(kind="no_data", valid_at=moment)) == count
            health = (await client.get("/v1/kpis/taxi-demand", params={"valid_at": moment})).json()
            assert (health["health"] == "no_data") is bool(count)
        fresh = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
        sent = [{"kpi": "taxi-demand", "observed_at": fresh, "value": 9000}]
        await client.post("/v1/readings", json=sent)
        (over,) = await eventually(lambda: listed(kind="no_data", state="recovered"))
    await store.close()
    await engine.dispose()
    assert (over["ended_by"], datetime.fromisoformat(over["recovered_at"])) == (
        "reading",
        datetime.fromisoformat(fresh),
    )
    on_kpi = f"/v1/kpis/{kpi['id']}/breaches"
    assert (await client.get(on_kpi)).json()["items"] == []
    assert (await client.get(on_kpi, params={"kind": "no_data"})).json()["items"] == [over]


async def test_the_stream_carries_breaches_and_what_is_done_about_them(client):
    breach = await breached(client, "taxi-demand", 4000, 4000, 4000, 9000)
    await client.post(f"/v1/breaches/{breach['id']}:acknowledge")
    headers = client.issuer.headers("viewer", tenant=client.tenant)

    async with at_an_address(client.http._transport.app) as url:

        async def streamed(count, **query):
            async with (
                httpx.AsyncClient(base_url=url, trust_env=False) as http,
                listening(http, headers, after=0, **query) as listener,
            ):
                return await listener.next(count)

        ended = ["KPIThresholdBreached", "KPIThresholdRecovered"]
        by_stream = await streamed(2, stream=f"kpi_breach-{breach['kpi_id']}")
        assert [one["type"] for one in by_stream] == ended
        types = [*ended, "KPIThresholdAcknowledged"]
        by_type = await streamed(3, type=types)
    assert [one["type"] for one in by_type] == types
    assert {one["data"]["breach_id"] for one in by_type} == {breach["id"]}
    assert by_type[-1]["stream"] == f"breach-{breach['id']}"
