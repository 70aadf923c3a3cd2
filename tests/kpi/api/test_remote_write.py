"""Prometheus remote write over HTTP."""

import math
import time
from dataclasses import replace

import pytest
from kpi_service.application.intake import Intake, IntakeLimits

from tests.kpi.api.test_sources import keyed, register
from tests.kpi.prometheus import HEADERS, STALE, body, compressed, series

PATH = "/v1/remote-write"
NOW = int(time.time() * 1000)


async def write(client, key, content, **headers):
    sent = HEADERS | keyed(key) | headers
    return await client.post(PATH, content=content, headers=sent)


def counts(answer) -> dict[str, int]:
    told = (one.split("=") for one in answer.headers["Helmlog-Samples"].split(", "))
    return {fate: int(count) for fate, count in told if count != "0"}


async def values(client, kpi) -> list[str]:
    return [one["value"] for one in (await client.get(f"/v1/kpis/{kpi}/readings")).json()["items"]]


async def test_a_prometheus_is_an_upstream(client):
    for slug in ("lead-time", "open-tickets", "fully-mapped"):
        await client.define(slug)
    mapped = {"__name__": "http_requests", "job": "api"}
    source = await register(
        client, "prometheus", series=[{"kpi": "fully-mapped", "labels": mapped}]
    )
    content = body(
        series({"__name__": "lead_time", "job": "x"}, [(NOW - 1000, 4.5), (NOW, 5.0)]),
        series({"__name__": "tickets", "kpi": "open-tickets"}, [(NOW, 12.0), (NOW + 1, STALE)]),
        series(mapped | {"instance": "a"}, [(NOW, 1e-7)]),
        series({"__name__": "go_goroutines"}, [(NOW, 7.0)], histograms=1),
    )
    answer = await write(client, source["key"], content)
    assert answer.status_code == 204, answer.text
    assert counts(answer) == {"accepted": 4, "unmapped": 2, "stale": 1}
    assert await values(client, "lead-time") == ["4.5", "5"]
    assert await values(client, "open-tickets") == ["12"]
    assert await values(client, "fully-mapped") == ["0.0000001"]
    again = await write(client, source["key"], content)
    assert again.status_code == 204
    assert counts(again) == {"duplicates": 4, "unmapped": 2, "stale": 1}
    shown = (await client.get("/v1/kpis/lead-time/readings")).json()["items"]
    assert {one["source"] for one in shown} == {"prometheus"}


async def test_series_that_are_no_kpi_are_shown_until_they_are(client):
    source = await register(client, "prometheus")
    sent = [series({"__name__": name, "job": "x"}, [(NOW, 1.0)]) for name in ("a_b", "c_d")]
    assert counts(await write(client, source["key"], body(*sent))) == {"unmapped": 2}
    path = f"/v1/sources/{source['id']}"
    shown = (await client.get(path)).json()["unmapped"]["series"]
    assert [one["__name__"] for one in shown] == ["a_b", "c_d"]
    assert shown[0]["job"] == "x"
    await client.define("late")
    mapping = {"kpi": "late", "labels": {"__name__": "a_b"}}
    await client.send("PUT", path, json={"series": [mapping]})
    shown = (await client.get(path)).json()["unmapped"]["series"]
    assert [one["__name__"] for one in shown] == ["c_d"]
    assert counts(await write(client, source["key"], body(*sent))) == {
        "accepted": 1,
        "unmapped": 1,
    }


async def test_good_samples_are_never_refused_for_bad_ones(client):
    for slug in ("allowed", "forbidden", "other"):
        await client.define(slug)
    source = await register(client, "prometheus", kpis=["allowed", "other"])
    content = body(
        series({"__name__": "forbidden"}, [(NOW, 1.0)]),
        series({"__name__": "allowed"}, [(NOW, math.inf), (NOW + 1, 2.0), (5, 1.0)]),
        series({"__name__": "other"}, [(NOW, 3.0)]),
    )
    answer = await write(client, source["key"], content)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/samples-rejected")
    assert counts(answer) == {"accepted": 2, "rejected": 3}
    assert sorted((one["detail"][:20], one["samples"]) for one in answer.json()["errors"]) == [
        ("allowed{}: observed t"[:20], 1),
        ("allowed{}: value 'inf"[:20], 1),
        ("the source 'promethe", 1),
    ]
    assert await values(client, "allowed") == ["2"]
    assert await values(client, "forbidden") == []


async def test_it_takes_a_key_and_one_that_holds(client):
    source = await register(client, "prometheus")
    content = body(series({"__name__": "x"}, [(NOW, 1.0)]))
    assert (await client.post(PATH, content=content, headers=HEADERS)).status_code == 403
    token = await client.post(PATH, content=content, headers=HEADERS, role="ingest")
    assert (token.status_code, token.json()["type"].rpartition("/")[2]) == (403, "key-needed")
    assert (await write(client, "hlk_nothing", content)).status_code == 401
    assert (await write(client, source["key"], content)).status_code == 204
    await client.post(f"/v1/sources/{source['id']}:revoke", json={"reason": "over"})
    assert (await write(client, source["key"], content)).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        {"Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request"},
        {"X-Prometheus-Remote-Write-Version": "2.0.0"},
        {"Content-Encoding": "gzip"},
        {"Content-Encoding": "identity"},
    ],
)
async def test_another_protocol_is_415(client, headers):
    source = await register(client, "prometheus")
    answer = await write(client, source["key"], body(), **headers)
    assert answer.status_code == 415
    named = {"Content-Type": "application/x-protobuf; proto=prometheus.WriteRequest"}
    assert (await write(client, source["key"], body(), **named)).status_code == 204


async def test_garbage_and_bombs_are_refused_with_a_reason(client):
    source = await register(client, "prometheus")
    label = series({"__name__": "x"}, [(NOW, 1.0)])
    label.labels.append(b"\x0a\x01\xff")
    for content in (
        b"",
        b"\xff" * 20,
        b"not snappy",
        compressed(b"not protobuf"),
        compressed(b"\x0a\xff\xff"),
        body(label),
    ):
        answer = await write(client, source["key"], content)
        assert answer.status_code == 400, content
        assert answer.json()["type"].endswith("/unreadable-readings")
    for too_much in (compressed(bytes(20 * 1024 * 1024)), bytes(8 * 1024 * 1024 + 1)):
        answer = await write(client, source["key"], too_much)
        assert answer.status_code == 413
        assert answer.json()["type"].endswith("/body-too-large")


async def test_more_than_one_transaction_holds_is_taken_in_several(client):
    await client.define("many")
    source = await register(client, "prometheus")
    samples = [(NOW - place, float(place)) for place in range(5_001)]
    answer = await write(client, source["key"], body(series({"__name__": "many"}, samples)))
    assert counts(answer) == {"accepted": 5_001}


async def test_beyond_what_is_taken_in_at_once_it_is_503_for_a_429_need_not_be_sent_again(client):
    state = client.http._transport.app.state
    usual = state.services
    intake = Intake(IntakeLimits(requests=10, bytes=1_000, transactions=1))
    state.services = replace(usual, intake=intake)
    try:
        await client.define("held")
        source = await register(client, "prometheus")
        content = body(series({"__name__": "held"}, [(NOW, 1.0)]))
        with intake.admitted(1_000 - len(content) + 1):
            answer = await write(client, source["key"], content)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
            assert answer.json()["type"].endswith("/too-much-at-once")
            assert await values(client, "held") == []
        with intake.admitted(1_000 - len(content)):
            assert counts(await write(client, source["key"], content)) == {"accepted": 1}
    finally:
        state.services = usual
