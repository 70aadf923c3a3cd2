from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from helmlog_web.settings import ServiceSettings
from pydantic import AwareDatetime, BeforeValidator, Field

from kpi_service.domain.durations import parse_duration


def _instant(value: object) -> object:
    """A plain date is midnight UTC."""
    if isinstance(value, str) and len(value) == len("2000-01-01"):
        return f"{value}T00:00:00Z"
    return value


def _duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class Settings(ServiceSettings):
    """kpi-service, as its environment has it."""

    port: int = 8002
    readings_oldest: Annotated[AwareDatetime, BeforeValidator(_instant)] = datetime(
        2000, 1, 1, tzinfo=UTC
    )
    """Readings observed before are rejected; a date or an instant."""
    readings_future: Duration = timedelta(days=1)
    """How far ahead of the clock a reading may be observed; ISO 8601, such as P1D."""
    readings_tenant: str = Field(default="demo", pattern=r"^[A-Za-z0-9_-]{1,64}$")
    """Whose readings those messages of the inbound topic are that name no tenant."""
    publish_every: Duration = timedelta(seconds=1)
    """The window in which a KPI's value is published once; ISO 8601, whole seconds."""
    readings_batch: int = Field(default=5_000, ge=1, le=50_000)
    """How many messages of the inbound topic are taken in by one transaction at most."""
    readings_batch_bytes: int = Field(default=1024 * 1024, ge=1024)
    """How many bytes of messages, beyond which such a transaction takes no more messages."""
    readings_chunk: int = Field(default=5_000, ge=1, le=50_000)
    """How many rows of a body over HTTP are taken in by one transaction at most."""
    intake_requests: int = Field(default=256, ge=1)
    """How many requests with readings are under way at once; one more is refused."""
    intake_bytes: int = Field(default=64 * 1024 * 1024, ge=1024 * 1024)
    """How many bytes of their bodies those hold at once; parsed, they take several times that."""
    intake_transactions: int = Field(default=4, ge=1, le=15)
    """How many of those requests write at once; the others wait, and do not read on."""
    intake_patience: Duration = timedelta(seconds=30)
    """How long a sender may take for the next piece of its body; ISO 8601."""
    sources: Literal["open", "registered"] = "open"
    """Whether readings are taken from sources that nobody registered."""
    remote_write_size: int = Field(default=8 * 1024 * 1024, ge=1024)
    """Bytes of a remote write, before and after it is decompressed; what is larger is answered
    413."""
    analysis_processes: int = Field(default=2, ge=1, le=64)
    """How many backtests, suggestions and forecasts are reckoned at once, a process each."""
    analysis_waiting: int = Field(default=8, ge=0, le=1_000)
    """How many may wait for that; more are refused with 429."""
    analysis_seconds: float = Field(default=60, gt=0, le=600)
    """How long one may take, in seconds."""
