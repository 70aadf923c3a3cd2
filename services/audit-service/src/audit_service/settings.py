from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from helmlog_web.settings import ServiceSettings
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class VerificationSettings(BaseSettings):
    """All the command line needs: where the logs stand, as somebody who may only read them."""

    model_config = SettingsConfigDict(env_prefix="HELMLOG_", extra="ignore", frozen=True)

    audit_logs: str
    """`okr=postgresql://…,kpi=…,alignment=…,audit=…`"""

    @property
    def logs(self) -> Mapping[str, str]:
        return parse_logs(self.audit_logs)


def read_verification_settings() -> VerificationSettings:
    """The environment's, else those that a local stack has written down: in HELMLOG_DATA_DIR, as
    all it keeps, or in `.local` of the folder one is in. Raises `ValidationError`.
    """
    folder = Path(os.environ.get("HELMLOG_DATA_DIR") or ".local")
    return VerificationSettings(_env_file=folder / "helmlog.env")


class AuditSettings(ServiceSettings):
    port: int = Field(default=8004, ge=0, le=65535)
    audit_logs: str

    @property
    def logs(self) -> Mapping[str, str]:
        return parse_logs(self.audit_logs)


def parse_logs(text: str) -> Mapping[str, str]:
    """The URL of each service's database, by source. Raises `ValueError`."""
    logs: dict[str, str] = {}
    for part in text.split(","):
        source, separator, url = part.strip().partition("=")
        if not separator or not source or not url:
            raise ValueError(f"HELMLOG_AUDIT_LOGS: '{source}' is not followed by =<url>")
        logs[source] = url
    return logs
