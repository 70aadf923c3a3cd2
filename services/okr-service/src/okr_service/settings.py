from __future__ import annotations

from helmlog_web.settings import ServiceSettings


class Settings(ServiceSettings):
    """okr-service, as its environment has it."""

    port: int = 8001
