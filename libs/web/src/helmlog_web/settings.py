from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import AnyHttpUrl, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """What every service reads from its environment, as `HELMLOG_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="HELMLOG_", extra="ignore", frozen=True)

    database_url: str
    kafka_bootstrap: str
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    health_port: int = Field(default=0, ge=0, le=65535)
    """Where the worker answers `/healthz`, `/readyz` and `/metrics`; 0 picks a free port."""

    jwks_path: Path | None = None
    jwks_url: AnyHttpUrl | None = None
    issuer: str
    audience: str = "helmlog"

    max_body_size: int = Field(default=10 * 1024 * 1024, ge=1024)
    """Bytes of a request body; what is larger is answered 413."""
    shutdown_seconds: int = Field(default=10, ge=0)
    """How long requests under way may take when the process is asked to stop."""

    @model_validator(mode="after")
    def _one_source_of_keys(self) -> Self:
        if (self.jwks_path is None) == (self.jwks_url is None):
            raise ValueError("exactly one of HELMLOG_JWKS_PATH and HELMLOG_JWKS_URL is needed")
        return self
