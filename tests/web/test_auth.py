import base64
import hmac
import json
import os
import time
import warnings
from pathlib import Path
from typing import Any

import httpx
import pytest
from helmlog_web.auth import InvalidToken, Principal
from helmlog_web.keys import FileKeys
from helmlog_web.testing import AUDIENCE, ISSUER, TestIssuer
from helmlog_web.tokens import TokenAuthenticator
from helmlog_web.verified import Verified, VerifiedTokens
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from tests.web.harbour import Harbour
from tests.web.probes import problem

SAILOR = {"tenant": "acme", "sub": "user-1", "roles": ["contributor"]}


async def _ask(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.get("/v1/ships", headers={"Authorization": f"Bearer {token}"})


async def test_a_good_token_is_let_in(client: httpx.AsyncClient, harbour: Harbour) -> None:
    assert (await _ask(client, harbour.issuer.sign(SAILOR))).status_code == 200


async def test_without_a_token_it_says_which_scheme(client: httpx.AsyncClient) -> None:
    del client.headers["Authorization"]
    response = await client.get("/v1/ships")
    problem(response, 401, "unauthorized")
    assert response.headers["www-authenticate"] == 'Bearer realm="helmlog"'


@pytest.mark.parametrize("value", ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "", "é"])
async def test_another_scheme_is_no_token(client: httpx.AsyncClient, value: str) -> None:
    response = await client.get("/v1/ships", headers=[(b"authorization", value.encode())])
    problem(response, 401, "unauthorized")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.test"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"aud": ["other", 1]},
        {"exp": 1_577_836_800},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": 4_102_444_800},
        {"sub": None},
        {"sub": ""},
        {"sub": "a\nb"},
        {"sub": "x" * 256},
        {"tenant": None},
        {"tenant": ""},
        {"tenant": "a/b"},
        {"tenant": "x" * 65},
        {"tenant": 7},
        {"roles": "admin"},
        {"roles": [1]},
    ],
    ids=str,
)
async def test_a_token_with_a_wrong_claim_is_refused(
    client: httpx.AsyncClient, harbour: Harbour, claims: dict[str, Any]
) -> None:
    response = await _ask(client, harbour.issuer.sign({**SAILOR, **claims}))
    problem(response, 401, "unauthorized")
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+jwt"])
async def test_access_tokens_are_accepted_by_type(
    client: httpx.AsyncClient, harbour: Harbour, kind: str
) -> None:
    assert (await _ask(client, harbour.issuer.sign(SAILOR, typ=kind))).status_code == 200


async def test_a_token_of_another_type_is_refused(
    client: httpx.AsyncClient, harbour: Harbour
) -> None:
    problem(await _ask(client, harbour.issuer.sign(SAILOR, typ="logout+jwt")), 401, "unauthorized")


async def test_one_of_several_audiences_is_enough(
    client: httpx.AsyncClient, harbour: Harbour
) -> None:
    token = harbour.issuer.sign({**SAILOR, "aud": ["other", "helmlog"]})
    assert (await _ask(client, token)).status_code == 200


async def test_a_token_signed_by_somebody_else_is_refused(
    client: httpx.AsyncClient, harbour: Harbour
) -> None:
    imposter = Harbour().issuer
    kid = harbour.issuer.key.kid
    problem(await _ask(client, imposter.sign(SAILOR, kid=kid)), 401, "unauthorized")
    problem(await _ask(client, imposter.sign(SAILOR)), 401, "unauthorized")


async def test_a_changed_token_is_refused(client: httpx.AsyncClient, harbour: Harbour) -> None:
    header, _, signature = harbour.issuer.sign(SAILOR).split(".")
    claims = _encoded({**SAILOR, "roles": ["admin"], "exp": int(time.time()) + 60})
    problem(await _ask(client, f"{header}.{claims}.{signature}"), 401, "unauthorized")


async def test_an_unsigned_token_is_refused(client: httpx.AsyncClient) -> None:
    token = f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{_encoded(SAILOR)}."
    problem(await _ask(client, token), 401, "unauthorized")


async def test_the_public_key_is_no_shared_secret(
    client: httpx.AsyncClient, harbour: Harbour
) -> None:
    header = {"alg": "HS256", "typ": "JWT", "kid": harbour.issuer.key.kid}
    signed = f"{_encoded(header)}.{_encoded(SAILOR)}"
    public = harbour.issuer.key.as_pem(private=False)
    signature = hmac.digest(public, signed.encode(), "sha256")
    token = f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    problem(await _ask(client, token), 401, "unauthorized")


@pytest.mark.parametrize(
    "token",
    ["x", "a.b.c", "..", "é.é.é", "e30.e30.e30", "W10.e30.x", "x" * 9000, "bnVsbA.e30.x"],
)
async def test_what_is_no_token_is_refused(client: httpx.AsyncClient, token: str) -> None:
    response = await client.get(
        "/v1/ships", headers=[(b"authorization", f"Bearer {token}".encode())]
    )
    problem(response, 401, "unauthorized")


async def test_a_role_that_does_not_suffice_is_403(
    client: httpx.AsyncClient, harbour: Harbour
) -> None:
    token = harbour.issuer.token("viewer", "auditor")
    response = await _ask(client, token)
    assert "admin, contributor" in problem(response, 403, "forbidden")["detail"]
    assert 'error="insufficient_scope"' in response.headers["www-authenticate"]


async def test_unknown_roles_count_for_nothing(client: httpx.AsyncClient, harbour: Harbour) -> None:
    token = harbour.issuer.sign({**SAILOR, "roles": ["superuser"]})
    problem(await _ask(client, token), 403, "forbidden")


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("ES256", ECKey.generate_key("P-256", {"kid": "k"})),
        ("RS256", RSAKey.generate_key(2048, {"kid": "k"})),
        ("Ed25519", OKPKey.generate_key("Ed25519", {"kid": "k"})),
        ("EdDSA", OKPKey.generate_key("Ed25519", {"kid": "k"})),
    ],
)
async def test_tokens_of_each_allowed_algorithm_are_believed(algorithm: str, key: Any) -> None:
    class Fixed:
        async def current(self, _kid: str | None) -> KeySet:
            return KeySet([key])

    authenticate = TokenAuthenticator(Fixed(), issuer="https://issuer.test", audience="helmlog")
    claims = {**SAILOR, "iss": "https://issuer.test", "aud": "helmlog", "exp": time.time() + 60}
    header = {"alg": algorithm, "kid": "k"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # of the signer, for the old name EdDSA
        token = jwt.encode(header, claims, key, algorithms=[algorithm])
    principal = await authenticate(token)
    assert (principal.tenant, principal.subject) == ("acme", "user-1")
    assert principal.roles == {"contributor"}


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def _verified(expires_at: float) -> Verified:
    principal = Principal("acme", "user-1", frozenset({"viewer"}), expires_at)
    return Verified(principal, None, KeySet([]), expires_at)


def test_a_verified_token_is_forgotten_when_it_expires() -> None:
    clock = Clock()
    tokens = VerifiedTokens(clock=clock)
    tokens.keep("token", _verified(1_060.0))
    clock.now = 1_059.0
    assert tokens.find("token") is not None
    clock.now = 1_060.0
    assert tokens.find("token") is None
    clock.now = 1_000.0
    assert tokens.find("token") is None


def test_verified_tokens_are_bounded_in_number() -> None:
    tokens = VerifiedTokens(size=2, clock=Clock())
    for token in ("a", "b"):
        tokens.keep(token, _verified(2_000.0))
    tokens.find("a")
    tokens.keep("c", _verified(2_000.0))
    assert tokens.find("b") is None
    assert tokens.find("a") is not None
    assert tokens.find("c") is not None


async def test_a_token_is_verified_once_and_no_other_passes_for_it(
    client: httpx.AsyncClient, harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = harbour.issuer.sign(SAILOR)
    assert (await _ask(client, token)).status_code == 200

    def must_not_verify(*_: Any) -> None:
        raise AssertionError("a signature was checked")

    monkeypatch.setattr(jwt, "decode", must_not_verify)
    assert (await _ask(client, token)).status_code == 200
    monkeypatch.undo()
    flipped = "A" if token[-5] != "A" else "B"
    problem(await _ask(client, token[:-5] + flipped + token[-4:]), 401, "unauthorized")


async def test_a_token_verified_before_its_key_was_withdrawn_is_refused(tmp_path: Path) -> None:
    old, new = TestIssuer(), TestIssuer()
    path = tmp_path / "jwks.json"
    path.write_bytes(old.jwks)
    authenticate = TokenAuthenticator(FileKeys(path), issuer=ISSUER, audience=AUDIENCE)
    token = old.token("viewer")
    assert await authenticate(token) == await authenticate(token)
    path.write_bytes(new.jwks)
    os.utime(path, (1, 1))
    with pytest.raises(InvalidToken):
        await authenticate(token)
