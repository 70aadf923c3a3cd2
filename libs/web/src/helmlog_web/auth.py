"""Who asks: a bearer token in, a `Principal` out."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol
from uuid import UUID

from fastapi import Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param

from helmlog_web.problems import Problem

Role = Literal["viewer", "contributor", "owner", "admin", "auditor", "ingest"]
ROLES: Final = frozenset({"viewer", "contributor", "owner", "admin", "auditor", "ingest"})

_TENANT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SUBJECT: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
_FAR_OFF: Final = 2.0**40
"""Where `exp` is cut off: some issuers write numbers no clock can hold."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller, as its token says."""

    tenant: str
    subject: str
    roles: frozenset[str]
    expires_at: float
    """Until when its token is accepted, in seconds since 1970: an answer may take longer."""
    key_of: UUID | None = None
    """To what the service gave the key that was shown, where it was no token."""


class InvalidToken(Exception):
    """The token is not accepted; the message may be shown to its bearer."""


class Authenticator(Protocol):
    async def __call__(self, token: str) -> Principal:
        """Raises `InvalidToken`, or `KeysUnavailable` when no keys could be had yet."""


class KeyScheme(Authenticator, Protocol):
    """Knows the keys that a service gives out itself, told from tokens by how they begin."""

    @property
    def prefix(self) -> str: ...


class KeysUnavailable(Exception):
    """The issuer's keys have never been read; nothing can be judged."""


class Caller(SecurityBase):
    """The bearer scheme and the check of the caller in one, for dependencies to build on: FastAPI
    solves each dependency anew on every request, so that a tree of small ones costs more than what
    it does.

    With `keys`, a key of the service's own is taken too: as a bearer token, or as the password of
    Basic authentication, whatever the user's name.
    """

    def __init__(
        self, roles: Sequence[Role], *, scheme_name: str = "bearer", keys: bool = False
    ) -> None:
        self.model = HTTPBearer(bearerFormat="JWT")
        self.scheme_name = scheme_name
        self._accepted = frozenset(roles) or ROLES
        self._keys = keys

    async def identify(self, request: Request) -> Principal:
        """Raises a 401 `Problem` without an accepted token, a 403 one for other roles."""
        principal = await _authenticated(request, keys=self._keys)
        if principal.roles.isdisjoint(self._accepted):
            names = ", ".join(sorted(self._accepted))
            raise Problem(
                403,
                "forbidden",
                "Your roles do not allow this",
                f"One of these roles is needed: {names}.",
                headers={"WWW-Authenticate": 'Bearer realm="helmlog", error="insufficient_scope"'},
            )
        return principal


class Required(Caller):
    async def __call__(self, request: Request) -> Principal:
        return await self.identify(request)


def require(*roles: Role, keys: bool = False) -> Required:
    """A dependency that lets through who has one of `roles` (any role at all when none is named),
    with `keys` also who shows a key of the service's own.

    Raises a 403 `Problem` for the others.
    """
    return Required(roles, keys=keys)


async def _authenticated(request: Request, *, keys: bool) -> Principal:
    authenticate: Authenticator = request.app.state.authenticator
    scheme, token = get_authorization_scheme_param(request.headers.get("Authorization"))
    scheme = scheme.lower()
    own: KeyScheme | None = request.app.state.key_scheme if keys else None
    if own is not None and scheme in {"bearer", "basic"}:
        shown = token if scheme == "bearer" else _password(token)
        if shown.startswith(own.prefix):
            scheme, token, authenticate = "bearer", shown, own
    if scheme != "bearer" or not token:
        raise _unauthorized("A bearer token is needed.", 'Bearer realm="helmlog"')
    try:
        return await authenticate(token)
    except InvalidToken as error:
        challenge = f'Bearer realm="helmlog", error="invalid_token", error_description="{error}"'
        raise _unauthorized(f"The token is not accepted: {error}.", challenge) from error
    except KeysUnavailable as error:
        raise Problem(
            503,
            "keys-unavailable",
            "Tokens cannot be checked now",
            headers={"Retry-After": "2"},
        ) from error


def _password(credentials: str) -> str:
    """That of Basic credentials (RFC 7617), or nothing."""
    try:
        return b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def principal_from_claims(claims: dict[str, Any], *, leeway: float) -> Principal:
    """Raises `InvalidToken` for claims that do not say who and for whom.

    `claims` hold at this time; `leeway`, in seconds, is given to `exp`.
    """
    tenant, subject, roles = claims.get("tenant"), claims.get("sub"), claims.get("roles", [])
    if not isinstance(tenant, str) or _TENANT.fullmatch(tenant) is None:
        raise InvalidToken("the claim tenant is missing or malformed")
    if not isinstance(subject, str) or _SUBJECT.fullmatch(subject) is None:
        raise InvalidToken("the claim sub is missing or malformed")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise InvalidToken("the claim roles is not a list of names")
    expires_at = min(claims["exp"], _FAR_OFF) + leeway
    return Principal(tenant, subject, ROLES.intersection(roles), expires_at)


def _unauthorized(detail: str, challenge: str) -> Problem:
    return Problem(
        401,
        "unauthorized",
        "You are not signed in",
        detail,
        headers={"WWW-Authenticate": challenge},
    )
