"""An issuer for tests: real keys, real signatures, no server."""

from __future__ import annotations

import time
from typing import Any

import orjson
from helmlog_events.ids import new_id
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from helmlog_web.auth import Role
from helmlog_web.tokens import TokenAuthenticator

ISSUER = "https://issuer.test"
AUDIENCE = "helmlog"


class TestIssuer:
    """Signs tokens with a key of its own; `authenticator` believes exactly those."""

    __test__ = False  # pytest would take the name for a test class

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": str(new_id()), "use": "sig"})
        self.authenticator = TokenAuthenticator(
            _FixedKeys(KeySet([self.key])), issuer=ISSUER, audience=AUDIENCE
        )

    @property
    def jwks(self) -> bytes:
        return orjson.dumps(KeySet([self.key]).as_dict(private=False))

    def token(self, *roles: Role, tenant: str = "acme", subject: str = "user-1") -> str:
        return self.sign({"tenant": tenant, "sub": subject, "roles": [*roles]})

    def headers(
        self, *roles: Role, tenant: str = "acme", subject: str = "user-1"
    ) -> dict[str, str]:
        """An `Authorization` header for a caller with `roles`."""
        return {"Authorization": f"Bearer {self.token(*roles, tenant=tenant, subject=subject)}"}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """A token with `claims` over the usual ones; a claim of None is left out."""
        now = int(time.time())
        usual = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 600}
        said = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        fields = {"alg": "ES256", "kid": self.key.kid, "typ": "at+jwt", **header}
        return jwt.encode(fields, said, self.key, algorithms=[fields["alg"]])


class _FixedKeys:
    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    async def current(self, kid: str | None) -> KeySet:
        del kid
        return self._keys
