"""Who asks: a bearer token in, a `Principal` out."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Protocol

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from helmlog_web.problems import Problem

Role = Literal["viewer", "contributor", "owner", "admin", "auditor", "ingest"]
ROLES: Final = frozenset({"viewer", "contributor", "owner", "admin", "auditor", "ingest"})

_TENANT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SUBJECT: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
_FAR_OFF: Final = 2.0**40
"""Where `exp` is cut off: some issuers write numbers no clock can hold."""
_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", scheme_name="bearer")


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller, as its token says."""

    tenant: str
    subject: str
    roles: frozenset[str]
    expires_at: float
    """Until when its token is accepted, in seconds since 1970: an answer may take longer."""


class InvalidToken(Exception):
    """The token is not accepted; the message may be shown to its bearer."""


class Authenticator(Protocol):
    async def __call__(self, token: str) -> Principal:
        """Raises `InvalidToken`, or `KeysUnavailable` when no keys could be had yet."""


class KeysUnavailable(Exception):
    """The issuer's keys have never been read; nothing can be judged."""


async def current_principal(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal:
    """The caller; raises a 401 `Problem` without an accepted token."""
    if credentials is None:
        raise _unauthorized("A bearer token is needed.", 'Bearer realm="helmlog"')
    authenticate: Authenticator = request.app.state.authenticator
    try:
        return await authenticate(credentials.credentials)
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


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]


def require(*roles: Role) -> Callable[[Principal], Awaitable[Principal]]:
    """A dependency that lets through who has one of `roles` (any role at all when none is named).

    Raises a 403 `Problem` for the others.
    """
    accepted = frozenset(roles) or ROLES

    async def principal_with_role(principal: CurrentPrincipal) -> Principal:
        if principal.roles.isdisjoint(accepted):
            names = ", ".join(sorted(accepted))
            raise Problem(
                403,
                "forbidden",
                "Your roles do not allow this",
                f"One of these roles is needed: {names}.",
                headers={"WWW-Authenticate": 'Bearer realm="helmlog", error="insufficient_scope"'},
            )
        return principal

    return principal_with_role


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
