import asyncio
from datetime import UTC, datetime

import pytest

POLICY = {
    "effective_from": "2014-07-01T00:00:00Z",
    "evaluate": "reading",
    "rules": [
        {
            "severity": "critical",
            "when": "below",
            "value": "5000",
            "recover": "6000",
            "for_readings": 3,
        }
    ],
}


def readings(*values, kpi="taxi-demand", day=1):
    return [
        {"kpi": kpi, "observed_at": f"2014-07-{day:02d}T{hour:02d}:00:00Z", "value": str(value)}
        for hour, value in enumerate(values)
    ]


async def test_a_kpi_is_defined_and_read_by_id_and_slug(client):
    defined = await client.define()
    by_id = await client.get(f"/v1/kpis/{defined['id']}")
    by_slug = await client.get("/v1/kpis/taxi-demand")
    assert by_id.json() == by_slug.json() == defined
    assert by_id.headers["ETag"] == f'"{defined["version"]}"'
    assert (defined["health"], defined["threshold_state"]) == ("no_data", "normal")
    assert (defined["value"], defined["version"]) == (None, 1)


async def test_a_slug_belongs_to_one_kpi_of_a_tenant(client, http):
    await client.define()
    body = {
        "slug": "taxi-demand",
        "name": "x",
        "unit": "y",
        "direction": "up",
        "cadence": "P1D",
    }
    again = await client.post("/v1/kpis", json=body)
    assert (again.status_code, again.json()["type"]) == (
        409,
        "https://helmlog.dev/problems/slug-taken",
    )
    other = type(client)(*http)
    assert (await other.post("/v1/kpis", json=body)).status_code == 201
    assert (await other.get("/v1/kpis")).json()["items"][0]["name"] == "x"
    assert len((await client.get("/v1/kpis")).json()["items"]) == 1


async def test_a_breach_opens_recovers_and_is_told(client):
    kpi = await client.define()
    put = await client.send("PUT", f"/v1/kpis/{kpi['id']}/threshold-policy", json=POLICY)
    assert (put.status_code, put.json()["version"]) == (200, 2)
    sent = await client.post("/v1/readings", json=readings(9000, 4000, 4100, 4200, 5500))
    assert sent.json() == {
        "accepted": 5,
        "duplicates": 0,
        "corrected": 0,
        "rejected_total": 0,
        "rejected": [],
    }
    shown = (await client.get("/v1/kpis/taxi-demand")).json()
    assert (shown["value"], shown["threshold_state"], shown["health"]) == (
        "5500",
        "recovering",
        "critical",
    )
    (breach,) = (await client.get(f"/v1/kpis/{kpi['id']}/breaches")).json()["items"]
    assert (breach["severity"], breach["recovered_at"], breach["readings"]) == ("critical", None, 3)
    assert breach["opened_at"] == "2014-07-01T01:00:00.000000Z"
    assert breach["trigger"]["value"] == "4200"
    assert breach["trigger"]["rule"]["for_readings"] == 3
    before_recovery = datetime.now(UTC)
    await client.post("/v1/readings", json=readings(6000, day=2))
    (recovered,) = (await client.get("/v1/kpis/taxi-demand/breaches")).json()["items"]
    assert recovered["recovered_at"] == "2014-07-02T00:00:00.000000Z"
    assert recovered["id"] == breach["id"]
    shown = (await client.get("/v1/kpis/taxi-demand")).json()
    assert (shown["threshold_state"], shown["health"]) == ("normal", "not_judged")

    known_then = {"known_at": before_recovery.isoformat()}
    (as_known,) = (await client.get("/v1/kpis/taxi-demand/breaches", params=known_then)).json()[
        "items"
    ]
    assert as_known["recovered_at"] is None
    shown = (await client.get("/v1/kpis/taxi-demand", params=known_then)).json()
    assert (shown["value"], shown["threshold_state"]) == ("5500", "critical")
    valid_then = {"valid_at": "2014-07-01T00:30:00Z"}
    shown = (await client.get("/v1/kpis/taxi-demand", params=valid_then)).json()
    assert (shown["value"], shown["threshold_state"]) == ("9000", "normal")


async def test_a_target_makes_health(client):
    await client.define()
    target = {"effective_from": "2014-01-01T00:00:00Z", "target": "30"}
    put = await client.send("PUT", "/v1/kpis/taxi-demand/targets", json=target)
    assert put.json()["targets"] == [
        {
            "effective_from": "2014-01-01T00:00:00.000000Z",
            "target": "30",
            "upper": None,
            "inclusive": True,
            "period": None,
            "purpose": "target",
            "phrase": None,
        }
    ]
    await client.post("/v1/readings", json=readings(29, 31))
    assert (await client.get("/v1/kpis/taxi-demand")).json()["health"] == "on_target"
    (listed,) = (await client.get("/v1/kpis")).json()["items"]
    assert (listed["health"], listed["value"], listed["target"]) == ("on_target", "31", "30")


async def test_silence_is_shown(client):
    await client.define()
    policy = {**POLICY, "no_data_after": "PT2H", "on_no_data": "alert"}
    await client.send("PUT", "/v1/kpis/taxi-demand/threshold-policy", json=policy)
    await client.post("/v1/readings", json=readings(4000, 4000, 4000))
    shown = (await client.get("/v1/kpis/taxi-demand")).json()
    assert (shown["health"], shown["threshold_state"]) == ("no_data", "no_data")


async def test_a_revision_rests_on_a_version(client):
    await client.define()
    stale = await client.send(
        "PATCH", "/v1/kpis/taxi-demand", json={"name": "x"}, headers={"If-Match": '"7"'}
    )
    assert stale.status_code == 412
    revised = await client.send(
        "PATCH",
        "/v1/kpis/taxi-demand",
        json={"name": "Rides", "owner": "maria", "key": True},
        headers={"If-Match": '"1"'},
    )
    assert revised.json()["version"] == 2
    (listed,) = (await client.get("/v1/kpis", params={"owner": "maria", "key": True})).json()[
        "items"
    ]
    assert (listed["name"], listed["version"]) == ("Rides", 2)
    emptied = await client.send("PATCH", "/v1/kpis/taxi-demand", json={"owner": None})
    assert emptied.json()["owner"] is None
    assert (await client.get("/v1/kpis", params={"owner": "maria"})).json()["items"] == []
    assert (
        await client.send("PATCH", "/v1/kpis/taxi-demand", json={"name": None})
    ).status_code == 422


async def test_the_definition_was_another_before_it_was_revised(client):
    await client.define()
    before = datetime.now(UTC)
    await client.send("PATCH", "/v1/kpis/taxi-demand", json={"name": "Rides"})
    then = await client.get("/v1/kpis/taxi-demand", params={"known_at": before.isoformat()})
    assert (then.json()["name"], then.json()["version"]) == ("Taxi demand", 1)
    long_ago = await client.get("/v1/kpis/taxi-demand", params={"known_at": "2001-01-01T00:00:00Z"})
    assert long_ago.status_code == 404


async def test_lists_come_in_pages(client):
    for number in range(5):
        await client.define(f"kpi-{number}")
    slugs, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/v1/kpis", params=params)).json()
        slugs += [one["slug"] for one in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert slugs == [f"kpi-{number}" for number in range(5)]


async def test_stored_readings_come_in_pages_and_as_known_then(client):
    await client.define()
    await client.post("/v1/readings", json=readings(1, 2, 3, 4))
    before = datetime.now(UTC)
    await client.post("/v1/readings", json=[{**readings(20)[0], "id": "correction-1"}])
    path = "/v1/kpis/taxi-demand/readings"
    values, cursor = [], None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(path, params=params)).json()
        values += [(one["value"], one["revision"]) for one in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert values == [("20", 2), ("2", 1), ("3", 1), ("4", 1)]

    async def shown(**params):
        return [one["value"] for one in (await client.get(path, params=params)).json()["items"]]

    assert await shown(known_at=before.isoformat()) == ["1", "2", "3", "4"]
    assert await shown(all_revisions=True) == ["1", "20", "2", "3", "4"]
    assert await shown(valid_at="2014-07-01T01:00:00Z") == ["20", "2"]
    window = {"from": "2014-07-01T01:00:00Z", "to": "2014-07-01T03:00:00Z"}
    assert await shown(**window) == ["2", "3"]
    first = (await client.get(path, params={"all_revisions": True, "limit": 1})).json()
    rest = await shown(all_revisions=True, cursor=first["next_cursor"])
    assert rest == ["20", "2", "3", "4"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (
            "application/x-ndjson",
            (
                b'{"kpi":"taxi-demand","observed_at":"2014-07-01T00:00:00Z","value":1}\n\n'
                b'{"kpi":"taxi-demand","observed_at":"2014-07-01T00:30:00Z","value":NaN}\n'
                b'{"kpi":"nothing","observed_at":"2014-07-01T01:00:00Z","value":"2"}\r\n'
                b'{"kpi":"taxi-demand","observed_at":"2014-07-01T01:00:00Z","value":"2.50"}'
            ),
        ),
        (
            "text/csv; charset=utf-8",
            (
                b"\xef\xbb\xbfvalue,kpi,observed_at,note\n"
                b"1,taxi-demand,2014-07-01T00:00:00Z,a\n\n"
                b"NaN,taxi-demand,2014-07-01T00:30:00Z,b\n"
                b"2,nothing,2014-07-01T01:00:00Z\n"
                b"2.50,taxi-demand,2014-07-01T01:00:00Z"
            ),
        ),
    ],
)
async def test_other_formats_are_read_row_by_row(client, content_type, body):
    await client.define()
    headers = {"Content-Type": content_type}
    answer = (await client.post("/v1/readings", content=body, headers=headers)).json()
    assert [one["row"] for one in answer["rejected"]] == [2, 3]
    assert "nothing" in answer["rejected"][1]["reason"]
    assert (answer["accepted"], answer["duplicates"]) == (2, 0)
    again = (await client.post("/v1/readings", content=body, headers=headers)).json()
    assert (again["accepted"], again["duplicates"]) == (0, 2)


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{", 400),
        ("application/json", b"[NaN]", 400),
        ("application/json", b"7", 400),
        ("text/csv", b"a,b\n1,2", 400),
        ("text/csv", b"", 400),
        ("text/csv", b"kpi,observed_at\n\xff", 400),
        ("text/html", b"<p>", 415),
        ("", b"[]", 415),
    ],
)
async def test_a_body_that_is_not_what_it_says_is_a_problem(client, content_type, body, status):
    headers = {"Content-Type": content_type}
    answer = await client.post("/v1/readings", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_an_idempotency_key_is_answered_once(client):
    await client.define()
    key = {"Idempotency-Key": "batch-1"}
    first = await client.post("/v1/readings", json=readings(1, 2), headers=key)
    replayed = await client.post("/v1/readings", json=readings(1, 2), headers=key)
    assert (
        replayed.json()
        == first.json()
        == {
            "accepted": 2,
            "duplicates": 0,
            "corrected": 0,
            "rejected_total": 0,
            "rejected": [],
        }
    )
    assert replayed.headers["Idempotency-Replayed"] == "true"
    other = await client.post("/v1/readings", json=readings(3), headers=key)
    assert other.status_code == 422
    shown = (await client.get("/v1/kpis/taxi-demand/readings")).json()["items"]
    assert [one["value"] for one in shown] == ["1", "2"]


async def test_twenty_posts_at_once_with_one_key_have_one_effect(client):
    await client.define()
    answers = await asyncio.gather(
        *[
            client.post("/v1/readings", json=readings(1, 2), headers={"Idempotency-Key": "b"})
            for _ in range(20)
        ]
    )
    assert all(one.status_code == 200 for one in answers)
    shown = (await client.get("/v1/kpis/taxi-demand/readings")).json()["items"]
    assert [(one["value"], one["revision"]) for one in shown] == [("1", 1), ("2", 1)]


@pytest.mark.parametrize(
    ("role", "defines", "records", "reads"),
    [
        ("viewer", 403, 403, 200),
        ("auditor", 403, 403, 200),
        ("ingest", 403, 200, 200),
        ("contributor", 201, 200, 200),
        ("owner", 201, 200, 200),
        ("admin", 201, 200, 200),
    ],
)
async def test_roles_say_who_may_what(client, role, defines, records, reads):
    body = {"slug": "a", "name": "x", "unit": "y", "direction": "up", "cadence": "P1D"}
    assert (await client.post("/v1/kpis", json=body, role=role)).status_code == defines
    assert (await client.post("/v1/readings", json=[], role=role)).status_code == records
    assert (await client.get("/v1/kpis", role=role)).status_code == reads


@pytest.mark.parametrize(
    "path", ["/v1/kpis/nothing", "/v1/kpis/01970000-0000-7000-8000-000000000009"]
)
async def test_what_is_not_there_is_a_404(client, path):
    for address in (path, f"{path}/readings", f"{path}/breaches"):
        assert (await client.get(address)).status_code == 404
    target = {"effective_from": "2014-01-01T00:00:00Z", "target": "30"}
    assert (await client.send("PUT", f"{path}/targets", json=target)).status_code == 404


async def test_a_foreign_tenants_kpi_is_not_there(client, http):
    kpi = await client.define()
    other = type(client)(*http)
    assert (await other.get(f"/v1/kpis/{kpi['id']}")).status_code == 404
    sent = (await other.post("/v1/readings", json=readings(1, kpi=kpi["id"]))).json()
    assert (sent["accepted"], len(sent["rejected"])) == (0, 1)


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        (
            {"rules": [{"severity": "critical", "when": "below", "value": "5", "recover": "4"}]},
            "recovery-inside-breach",
        ),
        ({"rules": [{"severity": "critical", "when": "below", "value": "NaN"}]}, "validation"),
        ({"rules": [{"severity": "critical", "when": "below", "value": "9" * 400}]}, "validation"),
        (
            {"rules": [{"severity": "warning", "when": "below", "value": 1, "for_readings": 0}]},
            "validation",
        ),
        ({"no_data_after": "soon"}, "duration-unreadable"),
        ({"effective_from": "0000-01-01T00:00:00Z"}, "validation"),
        ({"effective_from": "10000-01-01T00:00:00Z"}, "validation"),
        ({"effective_from": "2014-01-01T00:00:00"}, "validation"),
    ],
)
async def test_a_policy_that_breaks_a_rule_is_refused(client, change, slug):
    await client.define()
    path = "/v1/kpis/taxi-demand/threshold-policy"
    answer = await client.send("PUT", path, json=POLICY | change)
    assert answer.status_code == 422
    assert answer.json()["type"] == f"https://helmlog.dev/problems/{slug}"
    assert answer.json()["errors"]
    assert (await client.get("/v1/kpis/taxi-demand")).json()["version"] == 1
