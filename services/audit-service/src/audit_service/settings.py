from __future__ import annotations

from collections.abc import Mapping

from helmlog_web.settings import ServiceSettings
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class VerificationSettings(BaseSettings):
    """All the command line needs: where the logs stand, as somebody who may only read them."""

    # The file is the local stack's own; the environment goes before it.
    model_config = SettingsConfigDict(
        env_prefix="HELMLOG_", env_file=".local/helmlog.env", extra="ignore", frozen=True
    )

    audit_logs: str
    """`okr=postgresql://…,kpi=…,alignment=…,audit=…`"""

    @property
    def logs(self) -> Mapping[str, str]:
        return parse_logs(self.audit_logs)


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
