"""Bodies that a route reads by itself: decoded as they come, bounded in memory, patient so far."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Request
from helmlog_web.app import create_service_app
from helmlog_web.encodings import DECODERS, PIECE, EncodingBroken
from helmlog_web.streamed import StreamedBody, streaming_routes, streams_body
from helmlog_web.testing import TestIssuer
from hypothesis import given
from hypothesis import strategies as st

from tests.web.probes import problem

TEXT = b"".join(b"line %d of the text\n" % n for n in range(3_000))
GZIP = gzip.compress(TEXT)

router = APIRouter()


@router.post("/streamed")
@streams_body
async def take(request: Request) -> dict[str, Any]:
    body = StreamedBody(request, patience=0.2)
    return {"size": sum([len(piece) async for piece in body.pieces()])}


@router.post("/ordinary")
async def take_whole(request: Request) -> dict[str, Any]:
    return {"size": len(await request.body())}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async def nowhere() -> int:
        return 0

    app = create_service_app(
        title="t",
        version="1",
        routers=[router],
        authenticator=TestIssuer().authenticator,
        read_position=nowhere,
        max_body_size=1_000,
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        yield client


def decoded(name: str, pieces: list[bytes]) -> bytes:
    decoder = DECODERS[name]()
    found = b"".join(part for piece in pieces for part in decoder.feed(piece))
    decoder.end()
    return found


@given(st.lists(st.binary(max_size=300), max_size=4), st.integers(1, 50))
def test_however_a_body_is_cut_it_is_decoded_alike(members, size):
    text = b"".join(members)
    for name, encoded in (
        ("gzip", b"".join(map(gzip.compress, members)) or gzip.compress(b"")),
        ("deflate", zlib.compress(text)),
        ("identity", text),
    ):
        pieces = [encoded[place : place + size] for place in range(0, len(encoded), size)]
        assert decoded(name, pieces) == text


@given(st.integers(0, len(GZIP) - 1))
def test_what_is_cut_short_is_broken(length):
    with pytest.raises(EncodingBroken):
        decoded("gzip", [GZIP[:length]])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("gzip", b"not gzip"),
        ("gzip", GZIP + b"and more"),
        ("gzip", GZIP[:-8] + bytes(8)),  # another checksum
        ("deflate", zlib.compress(b"a") + b"b"),
        ("deflate", GZIP),
    ],
)
def test_what_is_something_else_is_broken(name, data):
    with pytest.raises(EncodingBroken):
        decoded(name, [data])


def test_a_little_that_holds_very_much_comes_in_small_pieces():
    bomb = gzip.compress(bytes(50_000_000))
    decoder = DECODERS["gzip"]()
    sizes = [len(piece) for piece in decoder.feed(bomb)]
    decoder.end()
    assert sum(sizes) == 50_000_000
    assert max(sizes) <= PIECE


async def test_a_marked_route_reads_any_size_and_the_others_as_before(client):
    headers = {"Content-Type": "text/csv"}
    answer = await client.post("/streamed", content=TEXT, headers=headers)
    assert answer.json() == {"size": len(TEXT)}
    refused = await client.post("/ordinary", content=TEXT, headers=headers)
    problem(refused, 413, "body-too-large")


async def test_a_marked_route_reads_encoded_bodies_and_the_others_do_not(client):
    headers = {"Content-Type": "text/csv", "Content-Encoding": "GZip"}
    answer = await client.post("/streamed", content=GZIP, headers=headers)
    assert answer.json() == {"size": len(TEXT)}
    refused = await client.post("/ordinary", content=b"a", headers=headers)
    problem(refused, 415, "unsupported-media-type")
    headers["Content-Encoding"] = "br"
    refused = await client.post("/streamed", content=b"a", headers=headers)
    problem(refused, 415, "unsupported-media-type")
    refused = await client.post("/streamed?a=%00", content=b"a")
    problem(refused, 422, "unstorable-text")


async def test_a_broken_encoding_is_a_problem_of_the_client(client):
    headers = {"Content-Encoding": "gzip"}
    problem(await client.post("/streamed", content=GZIP[:99], headers=headers), 400, "broken-body")
    problem(await client.post("/streamed", content=b"no", headers=headers), 400, "broken-body")


async def test_a_body_that_stops_coming_is_408(client):
    async def stuck() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.sleep(60)

    problem(await client.post("/streamed", content=stuck()), 408, "body-too-slow")


def test_a_path_with_parameters_can_not_be_marked():
    routes = APIRouter()
    routes.add_api_route("/things/{thing}", streams_body(lambda: None), methods=["POST"])
    with pytest.raises(ValueError, match="parameters"):
        streaming_routes([routes])
