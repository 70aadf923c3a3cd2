"""Tokens of the local issuer say who, for which tenant and how long, and its key is its own."""

import json
from datetime import UTC, datetime

import pytest
from helmlog_local.issuer import ROLES, LocalIssuer, UnknownRole
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def decode(token: str, issuer: LocalIssuer) -> jwt.Token:
    keys = KeySet.import_key_set(json.loads(issuer.jwks_path.read_text()))
    return jwt.decode(token, keys, algorithms=["ES256"])


@pytest.mark.parametrize("role", ROLES)
def test_a_token_carries_the_agreed_claims(tmp_path, role):
    issuer = LocalIssuer(tmp_path)

    token = decode(issuer.issue(role, "acme", now=NOW), issuer)

    assert token.claims == {
        "iss": "helmlog-local",
        "aud": "helmlog",
        "sub": f"{role}@local",
        "iat": int(NOW.timestamp()),
        "nbf": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 12 * 3600,
        "tenant": "acme",
        "roles": [role],
    }
    assert token.header["typ"] == "at+jwt"
    assert token.header["kid"] == issuer.load_key().kid


def test_an_unknown_role_is_refused_with_the_roles_there_are(tmp_path):
    with pytest.raises(UnknownRole, match="viewer, contributor, owner, admin, auditor, ingest"):
        LocalIssuer(tmp_path).issue("captain")


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path):
    first = LocalIssuer(tmp_path).load_key().kid

    assert LocalIssuer(tmp_path).load_key().kid == first
    assert (tmp_path / "key.json").stat().st_mode & 0o077 == 0


def test_what_is_published_holds_no_private_half(tmp_path):
    issuer = LocalIssuer(tmp_path)
    issuer.load_key()

    (published,) = json.loads(issuer.jwks_path.read_text())["keys"]

    assert "d" not in published
    assert published["alg"] == "ES256"


def test_a_new_key_replaces_the_published_one(tmp_path):
    issuer = LocalIssuer(tmp_path)
    old = issuer.issue("admin")
    (tmp_path / "key.json").unlink()

    assert decode(issuer.issue("admin"), issuer).claims["tenant"] == "demo"
    with pytest.raises(InvalidKeyIdError):
        decode(old, issuer)
