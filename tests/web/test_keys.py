import os
from pathlib import Path

import httpx
import pytest
from helmlog_web.auth import InvalidToken, KeysUnavailable
from helmlog_web.keys import FileKeys, URLKeys
from helmlog_web.testing import AUDIENCE, ISSUER, TestIssuer
from helmlog_web.tokens import TokenAuthenticator

PAUSE = 31.0


class Address:
    """A JWKS address whose answer and clock a test sets."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.status = 200
        self.asked = 0
        self.time = 1_000.0
        self.keys = URLKeys("https://issuer.test/jwks", client=self._client, clock=self._clock)

    def _clock(self) -> float:
        return self.time

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def _answer(self, _request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return httpx.Response(self.status, content=self.content)


def _authenticator(keys: FileKeys | URLKeys) -> TokenAuthenticator:
    return TokenAuthenticator(keys, issuer=ISSUER, audience=AUDIENCE)


async def test_a_key_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    old, new = TestIssuer(), TestIssuer()
    path.write_bytes(old.jwks)
    authenticate = _authenticator(FileKeys(path))
    await authenticate(old.token("viewer"))
    path.write_bytes(new.jwks)
    os.utime(path, (1, 1))
    await authenticate(new.token("viewer"))
    with pytest.raises(InvalidToken):
        await authenticate(old.token("viewer"))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"keys": []}', b'{"keys": [7]}', None])
async def test_a_broken_key_file_leaves_the_last_good_keys(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "jwks.json"
    issuer = TestIssuer()
    path.write_bytes(issuer.jwks)
    authenticate = _authenticator(FileKeys(path))
    await authenticate(issuer.token("viewer"))
    path.unlink() if content is None else path.write_bytes(content)
    principal = await authenticate(issuer.token("viewer"))
    assert principal.roles == {"viewer"}


async def test_without_any_keys_nothing_is_judged(tmp_path: Path) -> None:
    with pytest.raises(KeysUnavailable):
        await _authenticator(FileKeys(tmp_path / "none.json"))(TestIssuer().token("viewer"))


async def test_keys_are_fetched_once_for_many_tokens() -> None:
    issuer = TestIssuer()
    address = Address(issuer.jwks)
    authenticate = _authenticator(address.keys)
    for _ in range(3):
        await authenticate(issuer.token("viewer"))
    assert address.asked == 1


async def test_an_unknown_key_id_fetches_at_most_once_in_30_seconds() -> None:
    old, new = TestIssuer(), TestIssuer()
    address = Address(old.jwks)
    authenticate = _authenticator(address.keys)
    await authenticate(old.token("viewer"))
    for _ in range(3):
        with pytest.raises(InvalidToken):
            await authenticate(new.token("viewer"))
    assert address.asked == 1
    address.content = new.jwks
    address.time += PAUSE
    await authenticate(new.token("viewer"))
    assert address.asked == 2


@pytest.mark.parametrize(("status", "content"), [(500, b""), (200, b"<html>"), (200, b"{}")])
async def test_an_address_that_fails_leaves_the_last_good_keys(status: int, content: bytes) -> None:
    issuer = TestIssuer()
    address = Address(issuer.jwks)
    authenticate = _authenticator(address.keys)
    await authenticate(issuer.token("viewer"))
    address.status, address.content = status, content
    address.time += 3_600
    assert (await authenticate(issuer.token("viewer"))).tenant == "acme"
    assert address.asked == 2


async def test_an_address_that_never_answered_is_asked_again_after_the_pause() -> None:
    issuer = TestIssuer()
    address = Address(issuer.jwks)
    address.status = 503
    authenticate = _authenticator(address.keys)
    for _ in range(2):
        with pytest.raises(KeysUnavailable):
            await authenticate(issuer.token("viewer"))
    assert address.asked == 1
    address.status = 200
    address.time += PAUSE
    await authenticate(issuer.token("viewer"))
