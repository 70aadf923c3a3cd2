"""Nothing a client sends is a 500, and nothing is half-written."""

import pytest

KPI = {"slug": "a", "name": "x", "unit": "y", "direction": "up", "cadence": "P1D"}
FULL = "/v1/kpis/taxi-demand"
INSTANT = "2014-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "change",
    [
        {"slug": "A B"},
        {"slug": "01970000-0000-7000-8000-000000000001"},
        {"slug": 5},
        {"name": ""},
        {"name": "   "},
        {"name": "n" * 201},
        {"name": "a\x00b"},
        {"direction": "sideways"},
        {"cadence": "P"},
        {"cadence": "P" + "9" * 400 + "D"},
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"key": "maybe"},
        {"unknown": 1},
        {"definition": "d" * 10_001},
    ],
)
async def test_a_definition_that_is_none_is_refused(client, change):
    answer = await client.post("/v1/kpis", json=KPI | change)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (await client.get("/v1/kpis")).json()["items"] == []


@pytest.mark.parametrize(
    "target",
    [
        {"effective_from": "10000-01-01T00:00:00Z", "target": 1},
        {"effective_from": "0000-01-01T00:00:00Z", "target": 1},
        {"effective_from": "0001-01-01T00:00:00+23:59", "target": 1},
        {"effective_from": INSTANT, "target": "9" * 400},
        {"effective_from": INSTANT, "target": "1e999999999"},
        {"effective_from": INSTANT, "target": "sNaN"},
        {"effective_from": INSTANT, "target": True},
        {"effective_from": INSTANT, "target": None},
        {"effective_from": INSTANT},
        [],
    ],
)
async def test_a_target_that_is_none_is_refused(client, target):
    await client.define()
    answer = await client.send("PUT", f"{FULL}/targets", json=target)
    assert answer.status_code == 422
    assert (await client.get(FULL)).json()["targets"] == []


@pytest.mark.parametrize(
    "instant", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "1969-12-31T00:00:00Z"]
)
async def test_the_ends_of_the_calendar_are_instants_like_others(client, instant):
    await client.define()
    policy = {
        "effective_from": instant,
        "rules": [{"severity": "critical", "when": "below", "value": "1"}],
    }
    assert (await client.send("PUT", f"{FULL}/threshold-policy", json=policy)).status_code == 200
    target = {"effective_from": instant, "target": 1}
    assert (await client.send("PUT", f"{FULL}/targets", json=target)).status_code == 200
    sent = [{"kpi": "taxi-demand", "observed_at": "2014-01-01T00:00:00Z", "value": 5}]
    assert (await client.post("/v1/readings", json=sent)).json()["accepted"] == 1
    retired = {"reason": "closed", "effective_from": instant}
    assert (await client.post(f"{FULL}:retire", json=retired)).status_code == 200
    assert (await client.post(f"{FULL}:revive", json=retired)).status_code == 200
    withdrawn = {"effective_from": instant}
    assert (await client.post(f"{FULL}/targets:withdraw", json=withdrawn)).status_code == 200
    parts = ("", "/readings", "/breaches", "/targets", "/history", "/tree")
    for path in ("/v1/kpis", *(f"{FULL}{part}" for part in parts)):
        for name in ("valid_at", "known_at"):
            answer = await client.get(path, params={name: instant})
            assert answer.status_code in {200, 404}, answer.text


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=x",
        "cursor=x",
        "cursor=WyJhIl0",
        "valid_at=yesterday",
        "known_at=10000-01-01T00:00:00Z",
        "valid_at=%00",
    ],
)
@pytest.mark.parametrize(
    "path",
    ["/v1/kpis", f"{FULL}/readings", f"{FULL}/breaches", f"{FULL}/tree", f"{FULL}/history"],
)
async def test_a_query_that_is_none_is_refused(client, path, query):
    await client.define()
    answer = await client.get(f"{path}?{query}")
    assert answer.status_code == 422


@pytest.mark.parametrize("key", ["%F0%28%8C", "\u00e4", "a" * 3000, "..", "%2e%2e", "kpi_slug-a"])
async def test_a_key_of_any_text_is_only_not_there(client, key):
    assert (await client.get(f"/v1/kpis/{key}")).status_code in {404, 405}


@pytest.mark.parametrize("value", ["9" * 400, "NaN", "-Infinity", "1e400", "", None, [], {}])
async def test_a_reading_without_a_number_is_rejected_alone(client, value):
    await client.define()
    rows = [
        {"kpi": "taxi-demand", "observed_at": INSTANT, "value": value},
        {"kpi": "taxi-demand", "observed_at": INSTANT, "value": 5},
    ]
    answer = (await client.post("/v1/readings", json=rows)).json()
    assert (answer["accepted"], [one["row"] for one in answer["rejected"]]) == (1, [1])


@pytest.mark.parametrize(
    ("instant", "why"), [("1970-01-01T00:00:00Z", "before"), ("9999-01-01T00:00:00Z", "ahead")]
)
async def test_a_reading_outside_the_window_is_rejected_with_the_reason(client, instant, why):
    await client.define()
    row = {"kpi": "taxi-demand", "observed_at": instant, "value": 5}
    (rejected,) = (await client.post("/v1/readings", json=[row])).json()["rejected"]
    assert why in rejected["reason"]
