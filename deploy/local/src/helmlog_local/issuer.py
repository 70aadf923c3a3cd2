"""The local development issuer: signs tokens that the local services trust, and nobody else."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

from helmlog_local.secret_files import write_secret

ISSUER = "helmlog-local"
AUDIENCE = "helmlog"
ROLES = ("viewer", "contributor", "owner", "admin", "auditor", "ingest")
_LIFETIME = timedelta(hours=12)
_ALGORITHM = "ES256"


class UnknownRole(ValueError):
    def __init__(self, role: str) -> None:
        super().__init__(f"there is no role '{role}'; there are: {', '.join(ROLES)}")


class LocalIssuer:
    """Keeps its key in `folder` (0600), made when first needed; `jwks_path` is for all."""

    def __init__(self, folder: Path) -> None:
        self.jwks_path = folder / "jwks.json"
        self._key_file = folder / "key.json"

    def issue(
        self,
        role: str,
        tenant: str = "demo",
        *,
        subject: str | None = None,
        now: datetime | None = None,
    ) -> str:
        """A signed token of 12 hours; raises UnknownRole."""
        if role not in ROLES:
            raise UnknownRole(role)
        key = self.load_key()
        issued = now or datetime.now(UTC)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject or f"{role}@local",
            "iat": int(issued.timestamp()),
            "nbf": int(issued.timestamp()),
            "exp": int((issued + _LIFETIME).timestamp()),
            "tenant": tenant,
            "roles": [role],
        }
        header = {"alg": _ALGORITHM, "typ": "at+jwt", "kid": key.kid}
        return jwt.encode(header, claims, key, algorithms=[_ALGORITHM])

    def load_key(self) -> ECKey:
        """The key, made and published at the first call."""
        if self._key_file.exists():
            key = ECKey.import_key(json.loads(self._key_file.read_text(encoding="utf-8")))
        else:
            key = ECKey.generate_key("P-256", {"use": "sig", "alg": _ALGORITHM}, auto_kid=True)
            write_secret(self._key_file, json.dumps(key.as_dict(private=True)))
        # Written again if it differs: a deleted key must not leave its old half behind.
        public = json.dumps({"keys": [key.as_dict(private=False)]}, indent=2) + "\n"
        if not self.jwks_path.exists() or self.jwks_path.read_text(encoding="utf-8") != public:
            self.jwks_path.write_text(public, encoding="utf-8")
        return key
