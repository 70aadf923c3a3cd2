"""Sources over HTTP: their keys, what they may send, and what others may not."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
from helmlog_events.clock import rfc3339
from helmlog_events.pipeline.rebuild import Rebuild
from helmlog_events.store.postgres.connections import create_engine
from kpi_service.readmodel.sources import SourceList

from tests.kpi.api.conftest import Client

INSTANT = "2014-07-01T00:00:00Z"


def reading(kpi="taxi-demand", minute=0, **fields):
    return {"kpi": kpi, "observed_at": f"2014-07-01T00:{minute:02}:00Z", "value": 5, **fields}


async def register(client, name="billing", **fields):
    answer = await client.post("/v1/sources", json={"name": name, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def keyed(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def send(client, key, *readings):
    return await client.post("/v1/readings", json=list(readings), headers=keyed(key))


def reasons(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["reason"] for one in answer.json()["rejected"]]


async def test_a_registered_source_sends_with_its_key_in_its_own_name(client):
    await client.define()
    source = await register(client)
    answer = await send(
        client,
        source["key"],
        reading(minute=0),
        reading(minute=1, source="billing"),
        reading(minute=2, source="other"),
    )
    assert answer.json()["accepted"] == 2
    assert reasons(answer) == ["the key is that of the source 'billing'"]
    stored = (await client.get("/v1/kpis/taxi-demand/readings")).json()["items"]
    assert [one["source"] for one in stored] == ["billing", "billing"]
    basic = base64.b64encode(f"anyone:{source['key']}".encode()).decode()
    answer = await client.post(
        "/v1/readings", json=[reading(minute=3)], headers={"Authorization": f"Basic {basic}"}
    )
    assert answer.json()["accepted"] == 1


async def test_the_key_is_told_once_and_kept_nowhere(client, database):
    headers = {"Idempotency-Key": uuid4().hex}
    first = await client.post("/v1/sources", json={"name": "billing"}, headers=headers)
    again = await client.post("/v1/sources", json={"name": "billing"}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    key = first.json()["key"]
    assert key.startswith("hlk_")
    assert first.json()["key_note"] is None
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json() | {"key": None, "key_note": again.json()["key_note"]}
    assert "rotate-key" in again.json()["key_note"]
    shown = await client.get(first.headers["Location"])
    assert "key_digest" not in shown.text
    superuser = await asyncpg.connect(database.superuser)
    secret = key.split("_")[2]
    for table in ("idempotency", "event_log", "sources"):
        ((found,),) = await superuser.fetch(
            f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE $1", f"%{secret}%"
        )
        assert found == 0, table
    await superuser.close()


async def test_a_revoked_source_is_refused_at_once_in_every_name(client):
    await client.define()
    source = await register(client)
    path = f"/v1/sources/{source['id']}"
    assert (await send(client, source["key"], reading())).json()["accepted"] == 1
    revoked = await client.post(f"{path}:revoke", json={"reason": "it leaked"})
    assert (revoked.json()["state"], revoked.json()["version"]) == ("revoked", 2)
    assert (await send(client, source["key"], reading(minute=1))).status_code == 401
    answer = await client.post(
        "/v1/readings", json=[reading(minute=1, source="billing")], role="ingest"
    )
    assert reasons(answer) == ["the source 'billing' is revoked"]
    refused = await client.post(f"{path}:rotate-key", json={})
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (
        422,
        "source-revoked",
    )
    assert (await client.post("/v1/sources", json={"name": "billing"})).status_code == 409
    again = await client.post(f"{path}:revoke", json={"reason": "it leaked"})
    assert again.json()["version"] == 2
    before = await client.get(path, params={"valid_at": source["registered_at"]})
    assert before.json()["state"] == "registered"


async def test_both_keys_are_accepted_while_they_overlap(client):
    await client.define()
    source = await register(client)
    path = f"/v1/sources/{source['id']}:rotate-key"
    rotated = (await client.post(path, json={"overlap": "PT1H"})).json()
    until = datetime.fromisoformat(rotated["previous_key_until"])
    assert timedelta(minutes=59) < until - datetime.now(UTC) <= timedelta(hours=1)
    for key in (source["key"], rotated["key"]):
        assert (await send(client, key, reading())).status_code == 200
    last = (await client.post(path, json={"overlap": None})).json()
    statuses = [
        (await send(client, key, reading())).status_code
        for key in (source["key"], rotated["key"], last["key"])
    ]
    assert statuses == [401, 401, 200]
    for overlap in ("P31D", "soon", "PT0S", 5):
        assert (await client.post(path, json={"overlap": overlap})).status_code == 422


async def test_a_source_sends_only_the_kpis_it_may(client):
    await client.define()
    other = await client.define("other")
    source = await register(client, kpis=["taxi-demand"])
    answer = await send(
        client,
        source["key"],
        reading(),
        reading("other"),
        reading(other["id"]),
        reading("nothing"),
    )
    assert answer.json()["accepted"] == 1
    assert reasons(answer) == [
        "the source 'billing' may not send the KPI 'other'",
        f"the source 'billing' may not send the KPI '{other['id']}'",
        "there is no KPI 'nothing'",
    ]
    path = f"/v1/sources/{source['id']}"
    revised = await client.send("PUT", path, json={"kpis": ["other", other["id"]]})
    assert revised.json()["kpis"] == [other["id"]]
    answer = await send(client, source["key"], reading(minute=1), reading("other"))
    assert reasons(answer) == ["the source 'billing' may not send the KPI 'taxi-demand'"]
    assert (await client.get(path)).headers["ETag"] == '"2"'


async def test_a_token_names_any_source_but_a_registered_one(client):
    await client.define()
    await register(client)
    rows = [
        reading(),
        reading(source="feed"),
        reading(source="billing"),
        reading(source="formula"),
    ]
    answer = await client.post("/v1/readings", json=rows, role="ingest")
    assert answer.json()["accepted"] == 2
    assert reasons(answer) == [
        "the source 'billing' is registered: send with its key",
        "the source 'formula' stands for what formulas come to",
    ]


async def test_keys_are_of_their_tenant(client, http):
    await client.define()
    source = await register(client)
    stranger = Client(*http)
    path = f"/v1/sources/{source['id']}"
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.send("PUT", path, json={})).status_code == 404
    assert (await stranger.post(f"{path}:rotate-key", json={})).status_code == 404
    assert (await stranger.post(f"{path}:revoke", json={"reason": "x"})).status_code == 404
    assert (await stranger.get("/v1/sources")).json()["items"] == []
    moved = source["key"].replace(client.tenant, stranger.tenant)
    assert (await send(client, moved, reading())).status_code == 401
    # The name is free in another tenant, and says nothing there.
    assert (await stranger.post("/v1/sources", json={"name": "billing"})).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1],
        lambda key: key + "x",
        lambda key: key.upper(),
        lambda key: key.replace(key.split("_")[1], uuid4().hex),
        lambda key: key.replace(key.split("_")[2], "0" * 64),
        lambda _: "hlk_",
    ],
)
async def test_what_is_not_quite_the_key_is_refused(client, change):
    source = await register(client)
    answer = await send(client, change(source["key"]), reading())
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_key_opens_nothing_but_the_intake(client):
    source = await register(client)
    for path in ("/v1/kpis", "/v1/sources", f"/v1/sources/{source['id']}"):
        assert (await client.get(path, headers=keyed(source["key"]))).status_code == 401
    answer = await client.post("/v1/sources", json={"name": "x"}, headers=keyed(source["key"]))
    assert answer.status_code == 401


@pytest.mark.parametrize("role", ["viewer", "contributor", "auditor", "ingest"])
async def test_sources_are_registered_by_admins_and_owners(client, role):
    assert (await client.post("/v1/sources", json={"name": "x"}, role=role)).status_code == 403
    assert (await client.post("/v1/sources", json={"name": role}, role="owner")).status_code == 201


@pytest.mark.parametrize(
    ("fields", "status", "problem", "pointer"),
    [
        ({"name": "default"}, 422, "source-name-kept", "#/name"),
        ({"name": "a\x00"}, 422, "unstorable-text", "#/name"),
        ({"name": ""}, 422, "validation", "#/name"),
        ({"kpis": ["nothing"]}, 422, "unknown-kpi-named", "#/kpis/0"),
        ({"kpis": [str(uuid4())]}, 422, "unknown-kpi-named", "#/kpis/0"),
        (
            {"series": [{"kpi": "nothing", "labels": {"a": "b"}}]},
            422,
            "unknown-kpi-named",
            "#/series/0/kpi",
        ),
        (
            {"series": [{"kpi": "taxi-demand", "labels": {}}]},
            422,
            "mapping-without-labels",
            "#/series/0/labels",
        ),
        (
            {"series": [{"kpi": "taxi-demand", "labels": {"a": "b"}}] * 2},
            422,
            "mapping-repeated",
            "#/series/1/labels",
        ),
        (
            {"kpis": [], "series": [{"kpi": "taxi-demand", "labels": {"a": "b"}}]},
            422,
            "mapping-not-allowed",
            "#/series/0/kpi",
        ),
    ],
)
async def test_a_registration_that_breaks_a_rule_says_which(
    client, fields, status, problem, pointer
):
    await client.define()
    answer = await client.post("/v1/sources", json={"name": "billing", **fields})
    assert answer.status_code == status
    assert answer.json()["type"].rpartition("/")[2] == problem
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_sources_are_listed_as_they_were(client):
    first = await register(client, "first")
    await register(client, "second")
    await client.send("PUT", f"/v1/sources/{first['id']}", json={"description": "the first"})
    page = (await client.get("/v1/sources", params={"limit": 1})).json()
    assert [one["description"] for one in page["items"]] == ["the first"]
    rest = await client.get("/v1/sources", params={"limit": 1, "cursor": page["next_cursor"]})
    assert [one["name"] for one in rest.json()["items"]] == ["second"]
    assert rest.json()["next_cursor"] is None
    named = await client.get("/v1/sources", params={"name": "second"})
    assert [one["name"] for one in named.json()["items"]] == ["second"]
    for clock in ("valid_at", "known_at"):
        then = rfc3339(datetime.fromisoformat(first["registered_at"]) + timedelta(seconds=0.5))
        past = await client.get("/v1/sources", params={clock: INSTANT})
        assert past.json()["items"] == []
        assert (await client.get(f"/v1/sources/{first['id']}", params={clock: then})).is_success
    stale = await client.send(
        "PUT", f"/v1/sources/{first['id']}", json={}, headers={"If-Match": '"1"'}
    )
    assert stale.status_code == 412


async def test_the_list_equals_a_rebuild_from_the_log(client, database):
    source = await register(client)
    await client.send("PUT", f"/v1/sources/{source['id']}", json={"description": "ours"})
    await client.post(f"/v1/sources/{source['id']}:rotate-key", json={})
    await client.post(f"/v1/sources/{source['id']}:revoke", json={"reason": "over"})
    ((listed),) = (await client.get("/v1/sources")).json()["items"]
    assert listed == {
        name: value
        for name, value in (await client.get(f"/v1/sources/{source['id']}")).json().items()
        if name != "unmapped"
    }
    owner = create_engine(database.owner)
    report = await Rebuild(owner, "kpi", SourceList()).run()
    await owner.dispose()
    assert report.equal, report.tables[0].samples
    assert report.tables[0].rows > 0
