from __future__ import annotations

from helmlog_web.settings import ServiceSettings
from pydantic import Field


class AlignmentSettings(ServiceSettings):
    port: int = Field(default=8003, ge=0, le=65535)
