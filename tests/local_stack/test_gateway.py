"""The gateway passes requests and answers on as they are, piece by piece, both ways."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from helmlog_local.gateway import Gateway, parse_upstreams
from helmlog_local.processes import find_free_port

from tests.support.sockets import at_an_address


class Upstream:
    """Says back what it was asked; streams on `/stream` for as long as it is let."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.go_on = asyncio.Event()
        self.first_piece_came = asyncio.Event()

    async def __call__(self, scope, receive, send) -> None:
        if scope["path"] == "/stream":
            await self._stream(receive, send)
        elif scope["path"] == "/lengths":
            await self._lengths(receive, send)
        elif scope["path"] == "/refused":
            await send({"type": "http.response.start", "status": 429, "headers": []})
            await send({"type": "http.response.body", "body": b"too much"})
        else:
            await self._echo(scope, receive, send)

    async def _echo(self, scope, receive, send) -> None:
        pieces = []
        while True:
            message = await receive()
            pieces.append(message.get("body", b""))
            self.first_piece_came.set()
            if not message.get("more_body"):
                break
        said = {
            "method": scope["method"],
            "path": scope["raw_path"].decode(),
            "query": scope["query_string"].decode(),
            "headers": [[k.decode(), v.decode()] for k, v in scope["headers"]],
            "length": sum(map(len, pieces)),
        }
        headers = [(b"etag", b'"7"'), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
        await send({"type": "http.response.start", "status": 409, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(said).encode()})

    async def _lengths(self, receive, send) -> None:
        """Says of each piece how long it was, as soon as it came."""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        more = True
        while more:
            message = await receive()
            more = message.get("more_body", False)
            said = f"{len(message.get('body', b''))}\n".encode()
            await send({"type": "http.response.body", "body": said, "more_body": more})

    async def _stream(self, receive, send) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"id: 1\n\n", "more_body": True})
        listening = asyncio.ensure_future(receive())
        going_on = asyncio.ensure_future(self.go_on.wait())
        await asyncio.wait({listening, going_on}, return_when=asyncio.FIRST_COMPLETED)
        if listening.done():
            self.let_go.set()
        listening.cancel()
        going_on.cancel()
        await send({"type": "http.response.body", "body": b"id: 2\n\n"})


@pytest.fixture
async def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
async def client(upstream) -> AsyncIterator[httpx.AsyncClient]:
    nobody = f"http://127.0.0.1:{find_free_port()}"
    async with at_an_address(upstream) as okr:
        gateway = Gateway({"okr": okr, "kpi": nobody})
        async with (
            at_an_address(gateway) as origin,
            httpx.AsyncClient(base_url=origin, trust_env=False, timeout=5) as client,
        ):
            yield client


async def test_the_prefix_is_taken_off_and_named_in_a_header(client):
    said = (await client.get("/okr/v1/cycles?limit=2&cursor=a%20b")).json()

    assert (said["path"], said["query"]) == ("/v1/cycles", "limit=2&cursor=a%20b")
    assert ["x-forwarded-prefix", "/okr"] in said["headers"]


async def test_an_escaped_slash_stays_escaped(client):
    assert (await client.get("/okr/v1/kpis/a%2Fb")).json()["path"] == "/v1/kpis/a%2Fb"


async def test_status_and_headers_pass_both_ways(client):
    headers = {"If-Match": '"6"', "Idempotency-Key": "k-1", "Authorization": "Bearer t"}

    answer = await client.post("/okr/v1/objectives", json={}, headers=headers)

    assert answer.status_code == 409
    assert answer.headers["ETag"] == '"7"'
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    sent = dict(answer.json()["headers"])
    assert sent["if-match"] == '"6"'
    assert sent["idempotency-key"] == "k-1"
    assert sent["authorization"] == "Bearer t"


async def test_a_client_cannot_choose_the_prefix_header_itself(client):
    answer = await client.get("/okr/x", headers={"X-Forwarded-Prefix": "/evil"})
    prefixes = [v for k, v in answer.json()["headers"] if k == "x-forwarded-prefix"]
    assert prefixes == ["/okr"]


async def test_a_request_body_passes_on_before_it_is_whole(client, upstream):
    async def pieces() -> AsyncIterator[bytes]:
        yield b"x" * 100_000
        await asyncio.wait_for(upstream.first_piece_came.wait(), 5)
        yield b"y" * 100_000

    answer = await client.post("/okr/v1/readings", content=pieces())

    assert answer.json()["length"] == 200_000


async def test_an_answer_passes_on_before_its_request_is_whole(client):
    address = client.base_url
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(
        b"POST /okr/lengths HTTP/1.1\r\nHost: helmlog\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    for _ in range(3):
        writer.write(b"5\r\nfive!\r\n")
        await asyncio.wait_for(reader.readuntil(b"5\n"), 5)
    writer.write(b"0\r\n\r\n")
    assert (await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 5)).startswith(b"\r\n")
    writer.close()


async def test_what_is_answered_unread_is_answered(client):
    answer = await client.post("/okr/refused", content=b"x" * 5_000_000)
    assert (answer.status_code, answer.text) == (429, "too much")


async def test_an_event_reaches_the_client_while_the_stream_is_open(client, upstream):
    async with client.stream("GET", "/okr/stream") as answer:
        pieces = answer.aiter_raw()
        assert await anext(pieces) == b"id: 1\n\n"
        upstream.go_on.set()
        assert await anext(pieces) == b"id: 2\n\n"


async def test_a_stream_nobody_listens_to_is_let_go_at_its_source(client, upstream):
    async with client.stream("GET", "/okr/stream") as answer:
        await anext(answer.aiter_raw())

    await asyncio.wait_for(upstream.let_go.wait(), 5)


async def test_a_service_that_does_not_answer_is_a_bad_gateway(client):
    answer = await client.get("/kpi/v1/kpis")

    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith("kpi-service did not answer")


async def test_an_unknown_service_is_not_found_with_those_there_are(client):
    answer = await client.get("/sails/v1")

    assert answer.status_code == 404
    assert answer.json()["detail"] == "This origin has /okr, /kpi."


@pytest.mark.parametrize("text", ["", "okr", "okr=", "=http://127.0.0.1"])
def test_upstreams_that_make_no_sense_are_refused(text):
    with pytest.raises(ValueError, match="HELMLOG_UPSTREAMS"):
        parse_upstreams(text)
