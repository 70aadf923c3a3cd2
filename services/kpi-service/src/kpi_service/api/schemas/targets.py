from __future__ import annotations

from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel


class SetTargetRequest(RequestModel):
    effective_from: Instant
    target: Number


class TargetResponse(ResponseModel):
    effective_from: Instant
    target: Number
