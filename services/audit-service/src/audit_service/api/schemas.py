from __future__ import annotations

from typing import Any, Literal

from helmlog_events.contracts.audit import FindingKind
from helmlog_events.values import Instant
from helmlog_web.schemas import ResponseModel


class HistoryItem(ResponseModel):
    """An event; `cause` is the event it came from, as `okr/1204`, if one of ours caused it."""

    seq: int
    source: str
    type: str
    stream: str
    version: int
    actor: str
    occurred_at: Instant
    recorded_at: Instant
    cause: str | None
    data: dict[str, Any]


class FindingResponse(ResponseModel):
    """An entry that does not hold: `seq` of the log of `source`, found in `place`."""

    source: str
    seq: int
    place: Literal["log", "journal", "readings"]
    finding: FindingKind
    detail: str


class LogResponse(ResponseModel):
    """`unjournaled` entries are on their way to the journal; `readings` is of kpi only."""

    source: str
    entries: int
    last_seq: int
    unjournaled: int
    readings: int | None


class VerificationResponse(ResponseModel):
    holds: bool
    logs: list[LogResponse]
    findings: list[FindingResponse]
