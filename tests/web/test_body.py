from collections.abc import AsyncIterator

import httpx
import pytest

from tests.web.harbour import Harbour, create_harbour_app
from tests.web.probes import JSON, problem

DEEP = b'{"title":"a","extras":{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        '{"title": "a"}'.encode("utf-16"),
        b'{"title": "\xed\xa0\x80"}',
        b'{"title": "\\ud800"}',
        b'{"title": "a", "extras": {"deep": [{"\\udfff": 1}]}}',
        b'{"title": "a", "speed": NaN}',
        b'{"title": "a", "speed": -Infinity}',
        b'{"title": "a\x00b"}',
        b"{'title': 'a'}",
        b'{"title": "a"} {}',
        DEEP,
    ],
    ids=lambda body: repr(body[:40]),
)
async def test_what_is_not_strict_json_is_400(client: httpx.AsyncClient, body: bytes) -> None:
    problem(await client.post("/v1/ships", content=body, headers=JSON), 400, "malformed-json")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"title": "a\\u0000b"}', "#/title"),
        (b'{"title": "a", "extras": {"x": [1, {"y/z": "\\u0000"}]}}', "#/extras/x/1/y~1z"),
        (b'{"title": "a", "extras": {"x": {"\\u0000": 1}}}', "#/extras/x"),
        (b'"\\u0000"', "#"),
    ],
)
async def test_a_nul_anywhere_in_a_body_is_422(
    client: httpx.AsyncClient, body: bytes, pointer: str
) -> None:
    response = await client.post("/v1/ships", content=body, headers=JSON)
    (error,) = problem(response, 422, "unstorable-text")["errors"]
    assert error["pointer"] == pointer


async def test_an_escaped_backslash_is_no_nul(client: httpx.AsyncClient) -> None:
    body = rb'{"title": "C:\\u0000"}'
    response = await client.post("/v1/ships", content=body, headers=JSON)
    assert response.json()["title"] == r"C:\u0000"


@pytest.mark.parametrize("address", ["/v1/ships?name=a%00b", "/v1/ships?a%00=b", "/v1/sh%00ips"])
async def test_a_nul_in_the_address_is_422(client: httpx.AsyncClient, address: str) -> None:
    problem(await client.get(address), 422, "unstorable-text")


@pytest.mark.parametrize("query", ["name=%zz", "name=%ED%A0%80", "name=%ff%fe", "%", "=", "&&&"])
async def test_a_query_that_decodes_badly_is_text_all_the_same(
    client: httpx.AsyncClient, query: str
) -> None:
    assert (await client.get(f"/v1/ships?{query}")).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=1" + "0" * 30,
        "limit=" + "9" * 5_000,
        "limit=NaN",
        "limit=1e2",
        "limit=%00",
        "valid_at=0000-01-01T00:00:00Z",
        "valid_at=10000-01-01T00:00:00Z",
        "valid_at=0001-01-01T00:00:00%2B14:00",
        "valid_at=9999-12-31T23:59:59-14:00",
        "valid_at=2020-01-01T00:00:00",
        "known_at=yesterday",
        "cursor=x",
        "cursor=" + "x" * 5_000,
    ],
)
async def test_a_parameter_out_of_range_is_422(client: httpx.AsyncClient, query: str) -> None:
    response = await client.get(f"/v1/ships?{query}")
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "field",
    [
        b'"draught": ' + b"9" * 400,
        b'"draught": "' + b"9" * 400 + b'"',
        b'"draught": 1e400',
        b'"draught": "1e999999999"',
        b'"draught": "NaN"',
        b'"draught": true',
        b'"crew": ' + b"9" * 400,
        b'"crew": ' + b"9" * 5_000,
        b'"crew": 1e400',
        b'"speed": ' + b"9" * 400,
        b'"speed": "Infinity"',
        b'"launched_at": "0000-01-01T00:00:00Z"',
        b'"launched_at": "10000-01-01T00:00:00Z"',
        b'"launched_at": 1e300',
        b'"launched_at": "2020-02-30T00:00:00Z"',
        b'"unknown": 1',
        b'"moorings": {}',
        b'"moorings": null',
    ],
    ids=lambda field: repr(field[:40]),
)
async def test_a_field_out_of_range_is_refused(
    client: httpx.AsyncClient, harbour: Harbour, field: bytes
) -> None:
    body = b'{"title": "Meteor", ' + field + b"}"
    response = await client.post("/v1/ships", content=body, headers=JSON)
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"
    assert await harbour.store.head() == 0


async def test_of_a_key_given_twice_the_last_counts(client: httpx.AsyncClient) -> None:
    body = b'{"title": "Comet", "title": "Meteor"}'
    response = await client.post("/v1/ships", content=body, headers=JSON)
    assert response.json()["title"] == "Meteor"


async def test_a_title_too_long_in_a_body_of_10_mb_is_422(client: httpx.AsyncClient) -> None:
    body = b'{"title": "' + b"x" * (10 * 1024 * 1024 - 20) + b'"}'
    problem(await client.post("/v1/ships", content=body, headers=JSON), 422, "validation")


@pytest.mark.parametrize("path", ["/v1/ships", "/v1/logbooks", "/v1/nowhere"])
async def test_a_body_announced_too_large_is_413_unread(
    client: httpx.AsyncClient, path: str
) -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"{}"
        raise AssertionError("the body was read")

    for length in (10 * 1024 * 1024 + 1, 10**30):
        headers = {**JSON, "Content-Length": str(length)}
        response = await client.post(path, content=never(), headers=headers)
        problem(response, 413, "body-too-large")


@pytest.mark.parametrize("content_type", ["application/json", "text/csv"])
async def test_a_body_that_grows_too_large_is_413(harbour: Harbour, content_type: str) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b"[" * 1_000

    app = create_harbour_app(harbour, max_body_size=4_096)
    headers = {**harbour.issuer.headers("contributor"), "Content-Type": content_type}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://harbour") as client:
        response = await client.post("/v1/logbooks", content=chunks(), headers=headers)
    problem(response, 413, "body-too-large")
