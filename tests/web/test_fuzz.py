"""Whatever a client sends, the answer is one it can understand."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.harbour import Harbour, create_harbour_app

ANY_TEXT = st.text(alphabet=st.characters(codec=None, categories=None, exclude_categories=()))
NASTY_TEXT = st.sampled_from(
    ["\x00", "\ud800", "\udfff\ud800", "NaN", "1e999", "9" * 400, "0000-01-01T00:00:00Z", "{}", ""]
)
NUMBERS = st.one_of(
    st.integers(),
    st.integers(-(10**400), 10**400),
    st.floats(allow_nan=True, allow_infinity=True),
)
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, ANY_TEXT, NASTY_TEXT)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(ANY_TEXT, NASTY_TEXT), inner, max_size=4),
    ),
    max_leaves=12,
)
FIELDS = (
    "title",
    "slug",
    "story",
    "draught",
    "crew",
    "speed",
    "launched_at",
    "moorings",
    "extras",
    "other",
)
SHIPS = st.dictionaries(st.sampled_from(FIELDS), DOCUMENTS).map(
    lambda fields: {"title": "Meteor", **fields}
)
# Headers and addresses as bytes, because a client need not send text.
VISIBLE = st.binary(max_size=80).map(lambda value: value.replace(b"\r", b"").replace(b"\n", b""))

FUZZ = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def send() -> Any:
    """Sends one request; the loop is its own, because hypothesis calls plain functions."""
    harbour = Harbour()
    harbour.seen = 2**63  # a number that a header happens to name is not waited for
    transport = httpx.ASGITransport(create_harbour_app(harbour))
    authorization = harbour.issuer.headers("contributor")["Authorization"]
    fixed = {b"authorization": authorization.encode(), b"content-type": b"application/json"}

    async def request(method: str, url: str, content: bytes, fields: dict[bytes, bytes]) -> None:
        async with httpx.AsyncClient(transport=transport, base_url="http://harbour") as client:
            response = await client.request(
                method, url, content=content, headers=[*{**fixed, **fields}.items()]
            )
        assert response.status_code < 500, response.text
        if response.status_code >= 400:
            assert response.headers["content-type"] == "application/problem+json"
            assert response.json()["status"] == response.status_code

    def run(
        method: str, url: str, content: bytes = b"", fields: dict[bytes, bytes] | None = None
    ) -> None:
        with asyncio.Runner() as runner:
            runner.run(request(method, url, content, fields or {}))

    return run


@FUZZ
@given(document=st.one_of(SHIPS, DOCUMENTS), ascii_only=st.booleans())
def test_any_json_document_is_answered(send: Any, document: Any, ascii_only: bool) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only)
    send("POST", "/v1/ships", text.encode(errors="surrogatepass"), {b"idempotency-key": b"k"})


@FUZZ
@given(body=st.binary(max_size=200))
def test_any_bytes_are_answered(send: Any, body: bytes) -> None:
    send("POST", "/v1/ships", body)


@FUZZ
@given(key=VISIBLE, condition=VISIBLE, trace=VISIBLE, seq=st.one_of(VISIBLE, st.just(b"9" * 5_000)))
def test_any_header_is_answered(
    send: Any, key: bytes, condition: bytes, trace: bytes, seq: bytes
) -> None:
    fields = {b"idempotency-key": key, b"if-match": condition, b"traceparent": trace}
    send("POST", "/v1/ships", b'{"title": "Meteor"}', fields)
    if not seq.strip().isdigit():
        # A number it would wait for, and then answer 503 with Retry-After.
        send("GET", "/v1/ships", b"", {b"helmlog-min-seq": seq})


@FUZZ
@given(token=VISIBLE)
def test_any_token_is_answered(send: Any, token: bytes) -> None:
    send("GET", "/v1/ships", b"", {b"authorization": b"Bearer " + token})


@FUZZ
@given(content_type=VISIBLE, body=st.binary(max_size=20))
def test_any_content_type_is_answered(send: Any, content_type: bytes, body: bytes) -> None:
    send("POST", "/v1/ships", body, {b"content-type": content_type})


@FUZZ
@given(
    name=st.sampled_from(["limit", "cursor", "valid_at", "known_at", "name", "x"]),
    value=st.binary(max_size=60),
)
def test_any_query_is_answered(send: Any, name: str, value: bytes) -> None:
    encoded = "".join(f"%{byte:02x}" for byte in value)
    send("GET", f"/v1/ships?{name}={encoded}")


@FUZZ
@given(path=st.binary(max_size=40))
def test_any_path_is_answered(send: Any, path: bytes) -> None:
    encoded = "".join(f"%{byte:02x}" for byte in path)
    send("PATCH", f"/v1/ships/{encoded}", b"{}")
