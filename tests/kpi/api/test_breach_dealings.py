"""Breaches of all KPIs, their stories, and what people do about them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from helmlog_events.contracts.kpi import BreachEpisode, KPIBreachRevised, SeverityChange
from helmlog_events.envelope import ANY_VERSION, Append, Metadata, NewEvent, StreamWrite
from helmlog_events.ids import stream_id
from helmlog_events.pipeline.rebuild import Rebuild
from helmlog_events.store.postgres.connections import create_engine
from kpi_service.application.kept import remove_episodes
from kpi_service.readmodel.breach_projection import BreachEntries, BreachHeads
from sqlalchemy import text

from tests.kpi.api.test_main_flow import POLICY, readings
from tests.kpi.service import Service


def soon(hours: float = 1) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


async def breached(client, slug="taxi-demand", *values, day=1, **definition) -> dict:
    await client.define(slug, **definition)
    await client.send("PUT", f"/v1/kpis/{slug}/threshold-policy", json=POLICY)
    sent = readings(*(values or (4000, 4000, 4000)), kpi=slug, day=day)
    await client.post("/v1/readings", json=sent)
    (breach,) = (await client.get(f"/v1/kpis/{slug}/breaches")).json()["items"]
    return breach


async def listed(client, **params) -> list[dict]:
    return (await client.get("/v1/breaches", params=params)).json()["items"]


async def revise(client, database, breach: dict, after: BreachEpisode | None, into=None) -> None:
    """Tells what ingestion tells when late readings change a breach."""
    change = SeverityChange(
        severity=breach["severity"],
        value=breach["trigger"]["value"],
        observed_at=breach["trigger"]["observed_at"],
    )
    before = BreachEpisode(
        opened_at=breach["opened_at"],
        rule=breach["trigger"]["rule"],
        trigger_readings=breach["readings"],
        severities=(change,),
    )
    kpi_id = UUID(breach["kpi_id"])
    revised = KPIBreachRevised(
        breach_id=breach["id"], kpi_id=kpi_id, before=before, after=after, merged_into=into
    )
    async with Service.open(database.app, client.tenant) as service:
        write = StreamWrite(
            stream_id("kpi_breach", kpi_id), ANY_VERSION, (NewEvent(revised, before.opened_at),)
        )
        appended = await service.store.append(Append(client.tenant, Metadata("test"), (write,)))
        async with service.store.transaction() as tx:
            kept = (client.tenant, UUID(breach["id"]))
            if after is None:
                await remove_episodes(tx.raw, kept[0], [kept[1]])
            else:
                await tx.raw.execute(
                    "UPDATE breach_episodes SET recovered_at = $3"
                    " WHERE tenant = $1 AND breach_id = $2",
                    *kept,
                    after.recovered_at,
                )
    client.seq = appended.last_seq


async def test_a_breach_tells_its_whole_story(client):
    breach = await breached(client)
    path = f"/v1/breaches/{breach['id']}"
    untouched = await client.get(path)
    assert (untouched.headers["ETag"], untouched.json()["version"]) == ('"0"', 0)
    before = datetime.now(UTC)
    done = await client.post(f"{path}:acknowledge", json={"note": "on it"})
    assert (done.status_code, done.headers["ETag"]) == (200, '"1"')
    assert (await client.post(f"{path}:acknowledge")).json()["version"] == 1
    until = soon()
    silenced = await client.post(f"{path}:silence", json={"until": until, "reason": "an outage"})
    assert (silenced.json()["silenced"], silenced.json()["version"]) == (True, 2)
    await client.post(f"{path}:annotate", json={"cause": "a strike"})
    await client.post("/v1/readings", json=readings(9000, day=2))
    assert (await client.get(path)).json()["state"] == "recovered"
    told = await client.post(f"{path}:annotate", json={"corrective_action": "buses"})
    shown = (await client.get(path)).json()
    assert told.json() == {**shown, "version": 4}
    assert (shown["state"], shown["ended_by"], shown["silenced"]) == ("recovered", "value", False)
    assert (shown["cause"], shown["corrective_action"]) == ("a strike", "buses")
    assert shown["acknowledgement"]["note"] == "on it"
    assert shown["acknowledgement"]["by"] == shown["silence"]["by"] == shown["annotations"][0]["by"]
    assert datetime.fromisoformat(shown["silence"]["until"]) == datetime.fromisoformat(until)
    assert [one["severity"] for one in shown["severities"]] == ["critical"]
    assert [one["cause"] for one in shown["annotations"]] == ["a strike", None]

    then = (await client.get(path, params={"known_at": before.isoformat()})).json()
    assert (then["version"], then["acknowledged"], then["state"]) == (0, False, "open")
    valid_then = (await client.get(path, params={"valid_at": "2014-07-01T12:00:00Z"})).json()
    assert (valid_then["state"], valid_then["acknowledged"]) == ("open", False)
    early = await client.get(path, params={"valid_at": "2014-07-01T01:00:00Z"})
    assert early.status_code == 404
    (on_kpi,) = (await client.get("/v1/kpis/taxi-demand/breaches")).json()["items"]
    assert on_kpi == {name: shown[name] for name in on_kpi}


async def test_a_breach_is_acknowledged_as_soon_as_it_was_announced(client, database):
    await client.define()
    await client.send("PUT", "/v1/kpis/taxi-demand/threshold-policy", json=POLICY)
    owner = create_engine(database.owner)
    async with owner.begin() as sql:
        # No read model hears of it meanwhile.
        await sql.execute(text("LOCK TABLE breach_heads IN SHARE ROW EXCLUSIVE MODE"))
        await client.post("/v1/readings", json=readings(4000, 4000, 4000))
        announced = text(
            "SELECT data->>'breach_id' FROM event_log"
            " WHERE tenant = :tenant AND type = 'KPIThresholdBreached'"
        )
        breach_id = await sql.scalar(announced, {"tenant": client.tenant})
        done = await client.post(f"/v1/breaches/{breach_id}:acknowledge", json={"note": "on it"})
        assert (done.status_code, done.json()["state"]) == (200, "open")
        assert done.json()["acknowledgement"]["note"] == "on it"
        await client.post("/v1/readings", json=readings(9000, day=2))
        over = await client.post(f"/v1/breaches/{breach_id}:annotate", json={"cause": "a strike"})
        assert (over.json()["state"], over.json()["version"]) == ("recovered", 2)
    shown = (await client.get(f"/v1/breaches/{breach_id}")).json()
    assert shown == over.json()
    await owner.dispose()


async def test_dealing_with_a_breach_rests_on_a_version_and_is_done_once_a_key(client):
    breach = await breached(client)
    path = f"/v1/breaches/{breach['id']}:annotate"
    stale = await client.post(path, json={"cause": "x"}, headers={"If-Match": '"3"'})
    assert stale.status_code == 412
    headers = {"If-Match": '"0"', "Idempotency-Key": "note-1"}
    first = await client.post(path, json={"cause": "x"}, headers=headers)
    again = await client.post(path, json={"cause": "x"}, headers=headers)
    assert (first.status_code, again.json()) == (200, first.json())
    viewer = await client.post(path, json={"cause": "y"}, role="viewer")
    assert viewer.status_code == 403


async def test_a_breach_of_another_tenant_is_none(client, http):
    breach = await breached(client)
    other = type(client)(*http)
    for action, body in (("acknowledge", {}), ("annotate", {"cause": "x"})):
        answer = await other.post(f"/v1/breaches/{breach['id']}:{action}", json=body)
        assert answer.status_code == 404
    assert (await other.get(f"/v1/breaches/{breach['id']}")).status_code == 404
    assert await listed(other) == []


@pytest.mark.parametrize(
    ("action", "body", "problem"),
    [
        ("silence", {"until": "2001-01-01T00:00:00Z", "reason": "x"}, "silence-ended"),
        ("silence", {"until": "9999-12-31T23:59:59Z", "reason": "x"}, "breach-over"),
        ("annotate", {}, "nothing-to-annotate"),
        ("annotate", {"cause": "a\x00"}, None),
        ("silence", {"until": "2001", "reason": "x"}, None),
        ("silence", {"until": "9999-12-31T23:59:59Z", "reason": " "}, None),
        ("acknowledge", {"note": "n" * 10_001}, None),
        ("acknowledge", [], None),
    ],
)
async def test_what_breaks_a_rule_is_refused(client, action, body, problem):
    breach = await breached(client, "taxi-demand", 4000, 4000, 4000, 9000)
    answer = await client.post(f"/v1/breaches/{breach['id']}:{action}", json=body)
    assert answer.status_code == 422
    if problem is not None:
        assert answer.json()["type"] == f"https://helmlog.dev/problems/{problem}"
    assert (await client.get(f"/v1/breaches/{breach['id']}")).json()["version"] == 0


async def test_breaches_of_all_kpis_are_listed_and_narrowed(client):
    over = await breached(client, "a", 4000, 4000, 4000, 9000, owner="maria")
    seen = await breached(client, "b", day=2)
    quiet = await breached(client, "c", day=3, owner="maria")
    await client.post(f"/v1/breaches/{seen['id']}:acknowledge")
    body = {"until": soon(), "reason": "x"}
    await client.post(f"/v1/breaches/{quiet['id']}:silence", json=body)

    async def names(**params):
        order = {over["id"]: "over", seen["id"]: "seen", quiet["id"]: "quiet"}
        return [order[one["id"]] for one in await listed(client, **params)]

    assert await names() == ["over", "seen", "quiet"]
    assert await names(state="open") == ["seen", "quiet"]
    assert await names(state="recovered") == ["over"]
    assert await names(acknowledged=True) == ["seen"]
    assert await names(acknowledged=False) == ["over", "quiet"]
    assert await names(silenced=True) == ["quiet"]
    assert await names(silenced=False, state="open") == ["seen"]
    assert await names(owner="maria") == ["over", "quiet"]
    assert await names(kpi="b") == await names(kpi=seen["kpi_id"]) == ["seen"]
    assert await names(severity="warning") == await names(kind="no_data") == []
    assert await names(severity="critical", kind="threshold") == ["over", "seen", "quiet"]
    window = {"from": "2014-07-01T12:00:00Z", "to": "2014-07-03T00:00:00Z"}
    assert await names(**window) == ["seen"]
    assert await names(state="open", valid_at="2014-07-01T02:30:00Z") == ["over"]
    assert await names(silenced=True, valid_at="2014-07-05T00:00:00Z") == []
    first = (await client.get("/v1/breaches", params={"limit": 2})).json()
    assert await names(cursor=first["next_cursor"]) == ["quiet"]
    page = (await client.get("/v1/breaches", params={"limit": 1, "state": "recovered"})).json()
    assert page["next_cursor"] is None
    unknown = await client.get("/v1/breaches", params={"kpi": "none"})
    assert unknown.status_code == 404


async def test_what_late_readings_make_of_a_breach_is_its_story(client, database):
    breach = await breached(client)
    path, before = f"/v1/breaches/{breach['id']}", datetime.now(UTC)
    shown = (await client.get(path)).json()
    later = "2014-07-01T05:00:00.000000Z"
    worse = SeverityChange(severity="warning", value="4500", observed_at=later)
    episode = BreachEpisode(
        opened_at=later,
        rule=breach["trigger"]["rule"],
        trigger_readings=1,
        severities=(worse,),
        recovered_at="2014-07-01T09:00:00Z",
        value=9000,
        readings=7,
    )
    await revise(client, database, breach, episode)
    revised = (await client.get(path)).json()
    assert (revised["severity"], revised["opened_at"], revised["readings"]) == ("warning", later, 7)
    assert (revised["state"], revised["trigger"]["value"]) == ("recovered", "4500")
    assert revised["revisions"][0]["before"]["opened_at"] == breach["opened_at"]
    assert [one["id"] for one in await listed(client, state="recovered")] == [breach["id"]]
    known_then = {"known_at": before.isoformat()}
    assert (await client.get(path, params=known_then)).json() == shown
    assert await listed(client, state="open") == []
    assert len(await listed(client, state="open", **known_then)) == 1

    into = uuid4()
    await revise(client, database, breach, None, into)
    assert await listed(client) == []
    (withdrawn,) = await listed(client, state="withdrawn")
    assert (withdrawn["state"], withdrawn["merged_into"]) == ("withdrawn", str(into))
    refused = await client.post(f"{path}:acknowledge")
    assert refused.json()["type"] == "https://helmlog.dev/problems/breach-withdrawn"
    assert str(into) in refused.json()["detail"]


@pytest.mark.parametrize("projection", [BreachHeads(), BreachEntries()], ids=lambda one: one.name)
async def test_what_is_shown_equals_a_rebuild_from_the_log(client, database, projection):
    breach = await breached(client, "taxi-demand", 4000, 4000, 4000, 9000)
    await client.post(f"/v1/breaches/{breach['id']}:acknowledge")
    await revise(client, database, breach, None)
    assert len(await listed(client, state="withdrawn")) == 1
    owner = create_engine(database.owner)
    report = await Rebuild(owner, "kpi", projection).run()
    assert report.equal, report.tables[0].samples
    assert report.tables[0].rows > 0
    await owner.dispose()
