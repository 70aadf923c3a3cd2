"""Readings over HTTP that come as a stream: in small batches here, so that little makes many."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
from kpi_service.api.dependencies import BodyBounds, Services
from kpi_service.application.formats import Chunk
from kpi_service.application.intake import Intake, IntakeLimits

from tests.kpi.api.conftest import Client

NDJSON = {"Content-Type": "application/x-ndjson"}
LINES = {**NDJSON, "Accept": "application/x-ndjson"}
LIMITS = IntakeLimits(requests=3, bytes=10_000, transactions=1)
BOUNDS = BodyBounds(Chunk(rows=10, size=2_000, longest=1_000), json=5_000, patience=5)


@pytest.fixture
async def services(http) -> AsyncIterator[Services]:
    state = http[0]._transport.app.state
    usual = state.services
    state.services = replace(usual, bounds=BOUNDS, intake=Intake(LIMITS))
    yield state.services
    state.services = usual


@pytest.fixture
async def client(http, services) -> Client:
    client = Client(*http)
    await client.define("demand")
    return client


def row(number: int, kpi: str = "demand") -> bytes:
    moment = f"2014-07-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"
    return orjson.dumps({"kpi": kpi, "observed_at": moment, "value": number})


def rows(count: int) -> bytes:
    return b"\n".join(map(row, range(count)))


async def in_pieces(body: bytes, size: int = 700) -> AsyncIterator[bytes]:
    for place in range(0, len(body), size):
        yield body[place : place + size]


async def post(client: Client, content: Any, headers: Any = NDJSON, **more: str) -> httpx.Response:
    return await client.post("/v1/readings", content=content, headers={**headers, **more})


async def stored(client: Client) -> list[tuple[str, int]]:
    found = await client.get("/v1/kpis/demand/readings?limit=500&all_revisions=true")
    return [(one["value"], one["revision"]) for one in found.json()["items"]]


def counts(answer: httpx.Response) -> tuple[int, int, int, int]:
    said = answer.json()
    said = said.get("taken", said)
    return said["accepted"], said["duplicates"], said["corrected"], said["rejected_total"]


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [("identity", bytes), ("gzip", gzip.compress), ("deflate", zlib.compress)],
)
async def test_many_batches_are_one_answer(client, encoding, encode):
    lines = [*map(row, range(95)), b"{", row(1, kpi="nothing")]
    lines.insert(42, b"never")
    body = encode(b"\n".join(lines))
    answer = await post(client, in_pieces(body), **{"Content-Encoding": encoding})
    assert answer.status_code == 200, answer.text
    assert counts(answer) == (95, 0, 0, 3)
    assert [one["row"] for one in answer.json()["rejected"]] == [43, 97, 98]
    assert "Helmlog-Seq" in answer.headers
    assert await stored(client) == [(str(number), 1) for number in range(95)]


async def test_csv_is_streamed_alike(client):
    lines = [
        "kpi,value,observed_at,note",
        *(f"demand,{n},2014-07-01T00:{n}:00Z," for n in range(10, 60)),
    ]
    lines[20] = 'demand,"5"5,2014-07-01T00:00:00Z,'
    headers = {"Content-Type": "text/csv"}
    answer = await post(client, in_pieces("\r\n".join(lines).encode()), headers)
    assert counts(answer) == (49, 0, 0, 1)
    (rejected,) = answer.json()["rejected"]
    assert (rejected["row"], "not CSV" in rejected["reason"]) == (20, True)


@pytest.mark.parametrize("cut", [10, 400])
async def test_what_came_before_a_cut_stays_and_all_can_be_sent_again(client, cut):
    body = gzip.compress(rows(200), compresslevel=0)
    whole = {"Content-Encoding": "gzip"}
    answer = await post(client, in_pieces(body[:-cut]), **whole)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/broken-body")
    taken = answer.json()["taken"]
    assert taken["rows"] == taken["accepted"] > 0
    assert f"{taken['rows']} rows were taken in before" in answer.json()["detail"]
    assert len(await stored(client)) == taken["rows"]
    again = await post(client, in_pieces(body), **whole)
    assert counts(again) == (200 - taken["rows"], taken["rows"], 0, 0)


async def test_a_short_body_that_is_cut_leaves_nothing(client):
    answer = await post(client, gzip.compress(rows(9))[:-4], **{"Content-Encoding": "gzip"})
    assert (answer.status_code, counts(answer)) == (400, (0, 0, 0, 0))
    assert await stored(client) == []


async def test_who_leaves_midway_leaves_whole_batches(client, http):
    body = rows(200)
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": body[:9_000], "more_body": True},
        {"type": "http.disconnect"},
    ]
    headers = client.issuer.headers("admin", tenant=client.tenant) | NDJSON
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/readings",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    sent = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await http[0]._transport.app(scope, receive, send)
    assert sent[0]["status"] == 400
    left = len(await stored(client))
    assert left > 0
    assert left % 10 == 0
    assert counts(await post(client, body)) == (200 - left, left, 0, 0)


async def test_a_streamed_request_with_a_key_is_answered_once(client):
    key = {"Idempotency-Key": "stream-1"}
    first = await post(client, in_pieces(rows(50)), **key)
    seq = client.seq
    again = await post(client, gzip.compress(rows(50)), **key, **{"Content-Encoding": "gzip"})
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert int(again.headers["Helmlog-Seq"]) == seq
    other = await post(client, in_pieces(rows(51)), **key)
    assert other.status_code == 422
    assert other.json()["type"].endswith("/idempotency-key-reused")
    assert len(await stored(client)) == 50
    broken = await post(client, b"no gzip", **key, **{"Content-Encoding": "gzip"})
    assert broken.status_code == 400


async def test_requests_at_once_with_one_key_have_one_effect(client):
    key = {"Idempotency-Key": "stream-2"}
    answers = await asyncio.gather(*(post(client, in_pieces(rows(60)), **key) for _ in range(2)))
    assert {one.status_code for one in answers} == {200}
    assert len({one.content for one in answers}) == 1
    assert await stored(client) == [(str(number), 1) for number in range(60)]


async def test_of_many_rejected_rows_the_first_are_named(client):
    answer = await post(client, b"{}\n" * 1_500)
    assert counts(answer) == (0, 0, 0, 1_500)
    assert [one["row"] for one in answer.json()["rejected"]] == [*range(1, 1_001)]


async def test_who_accepts_lines_is_told_each_rejected_row_as_it_happens(client):
    body = b"\n".join([b"{", *map(row, range(30)), row(0, kpi="nothing")])
    answer = await post(client, in_pieces(body), LINES)
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    *rejected, summary = map(orjson.loads, answer.text.splitlines())
    assert [one["row"] for one in rejected] == [1, 32]
    assert all(one["reason"] for one in rejected)
    assert summary.pop("seq") > 0
    assert summary == {
        "accepted": 30,
        "duplicates": 0,
        "corrected": 0,
        "rejected_total": 2,
        "replayed": False,
    }


async def test_lines_of_a_request_that_is_repeated_are_those_of_the_first(client):
    body = b"\n".join([b"{", *map(row, range(30))])
    key = {"Idempotency-Key": "stream-3"}
    first = await post(client, body, LINES, **key)
    again = await post(client, body, LINES, **key)
    said = [[orjson.loads(line) for line in one.text.splitlines()] for one in (first, again)]
    assert said[0][0] == said[1][0]
    assert said[1][1] == said[0][1] | {"replayed": True}


async def test_what_goes_wrong_after_the_start_is_a_line(client):
    body = gzip.compress(b"{\n" + rows(100), compresslevel=0)[:-400]
    answer = await post(client, in_pieces(body), LINES, **{"Content-Encoding": "gzip"})
    assert answer.status_code == 200
    rejected, last = map(orjson.loads, answer.text.splitlines())
    assert rejected["row"] == 1
    error = last["error"]
    assert (error["status"], error["type"].rpartition("/")[2]) == (400, "broken-body")
    assert error["taken"]["rejected_total"] == 1
    assert error["taken"]["accepted"] == len(await stored(client)) > 0


async def test_a_json_array_stays_within_its_limit_and_is_told_of_the_others(client):
    answer = await client.post("/v1/readings", json=[{}] * 2_000)
    assert answer.status_code == 413
    assert "NDJSON" in answer.json()["detail"]
    small = gzip.compress(b"[" + row(1) + b"]")
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert counts(await post(client, small, headers)) == (1, 0, 0, 0)
    bomb = gzip.compress(b"[" + b" " * 100_000 + b"]")
    assert (await post(client, bomb, headers)).status_code == 413


async def test_beyond_what_is_taken_in_at_once_it_is_429_before_the_body_is_read(client, services):
    read = []

    async def body() -> AsyncIterator[bytes]:
        read.append(True)
        yield row(1)

    with services.intake.admitted(9_000):
        for headers in (NDJSON, LINES):
            answer = await post(client, body(), headers)
            assert answer.status_code == 429
            assert answer.headers["Retry-After"] == "1"
            assert answer.json()["type"].endswith("/too-much-at-once")
        assert read == []
        assert counts(await post(client, row(1))) == (1, 0, 0, 0)  # a small one has room
        with services.intake.admitted(1), services.intake.admitted(1):
            assert (await post(client, row(1))).status_code == 429
    assert counts(await post(client, body())) == (0, 1, 0, 0)


async def test_who_is_admitted_and_waits_for_a_turn_does_not_read_on(client, services):
    read = 0
    body = rows(400)

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal read
        async for piece in in_pieces(body):
            read += len(piece)
            yield piece

    async with services.intake.turn():
        request = asyncio.create_task(post(client, pieces()))
        before = -1
        while read == 0 or read != before:
            before = read
            await asyncio.sleep(0.05)
        assert read < 10_000 < len(body)
        assert not request.done()
    assert counts(await request) == (400, 0, 0, 0)
