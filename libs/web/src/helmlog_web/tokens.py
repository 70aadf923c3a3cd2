"""What a JSON Web Token must say, and by whom, to be believed."""

from __future__ import annotations

import warnings
from typing import Any, Final

import orjson
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError, SecurityWarning
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry
from joserfc.util import urlsafe_b64decode

from helmlog_web.auth import Authenticator, InvalidToken, Principal, principal_from_claims
from helmlog_web.keys import Keys, create_keys
from helmlog_web.settings import ServiceSettings

ALGORITHMS: Final = ("ES256", "RS256", "Ed25519", "EdDSA")
"""Asymmetric ones only: a public key must never serve as a shared secret."""

_TYPES: Final = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
_LEEWAY: Final = 10
_MAX_LENGTH: Final = 8192


class TokenAuthenticator:
    """Believes a token that an issuer's key signed for this audience and that holds now."""

    def __init__(self, keys: Keys, *, issuer: str, audience: str) -> None:
        self._keys = keys
        # Issuers put headers of their own beside the known ones; `crit` is still obeyed.
        self._registry = _Registry(algorithms=ALGORITHMS, strict_check_header=False)
        self._claims = JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def __call__(self, token: str) -> Principal:
        """Raises `InvalidToken`, or `KeysUnavailable`."""
        keys = await self._keys.current(_key_id(token))
        try:
            read = jwt.decode(token, keys, ALGORITHMS, self._registry)
            self._claims.validate(read.claims)
        except ExpiredTokenError as error:
            raise InvalidToken("it has expired") from error
        except JoseError as error:
            raise InvalidToken(_reason(error)) from error
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise InvalidToken("it cannot be read") from error
        return principal_from_claims(read.claims, leeway=_LEEWAY)


class _Registry(JWSRegistry):
    def get_alg(self, name: str) -> Any:
        if name != "EdDSA":
            return super().get_alg(name)
        with warnings.catch_warnings():
            # The name gave way to `Ed25519` in RFC 9864; issuers still write it.
            warnings.simplefilter("ignore", SecurityWarning)
            return super().get_alg(name)


def create_authenticator(settings: ServiceSettings) -> Authenticator:
    return TokenAuthenticator(
        create_keys(settings), issuer=settings.issuer, audience=settings.audience
    )


def _key_id(token: str) -> str | None:
    """The `kid` of the header; not yet believed, only looked up."""
    if len(token) > _MAX_LENGTH:
        raise InvalidToken("it is too long")
    try:
        header = orjson.loads(urlsafe_b64decode(token.partition(".")[0].encode("ascii")))
    except ValueError as error:
        raise InvalidToken("it cannot be read") from error
    kid = header.get("kid") if isinstance(header, dict) else None
    if not isinstance(header, dict) or not isinstance(kid, str | None):
        raise InvalidToken("it cannot be read")
    if str(header.get("typ", "JWT")).lower() not in _TYPES:
        raise InvalidToken("its typ is neither JWT nor at+jwt")
    return kid


def _reason(error: JoseError) -> str:
    # The library's own code, not its text, which quotes the token.
    return f"check {error.error or 'token'} failed"
