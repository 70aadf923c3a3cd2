"""Bodies, in and out, by subject."""

from __future__ import annotations

from kpi_service.api.schemas.breaches import (
    AcknowledgeBreachRequest,
    AnnotateBreachRequest,
    BreachResponse,
    BreachStoryResponse,
    SilenceBreachRequest,
    TriggerResponse,
)
from kpi_service.api.schemas.kpis import (
    DefineKPIRequest,
    KPIResponse,
    ReviseKPIRequest,
)
from kpi_service.api.schemas.policies import (
    RuleRequest,
    SetThresholdPolicyRequest,
    ThresholdPolicyResponse,
)
from kpi_service.api.schemas.readings import (
    ReadingResponse,
    ReadingsResponse,
    RejectedRow,
)
from kpi_service.api.schemas.targets import (
    SetTargetRequest,
    TargetResponse,
)

__all__ = [
    "AcknowledgeBreachRequest",
    "AnnotateBreachRequest",
    "BreachResponse",
    "BreachStoryResponse",
    "DefineKPIRequest",
    "KPIResponse",
    "ReadingResponse",
    "ReadingsResponse",
    "RejectedRow",
    "ReviseKPIRequest",
    "RuleRequest",
    "SetTargetRequest",
    "SetThresholdPolicyRequest",
    "SilenceBreachRequest",
    "TargetResponse",
    "ThresholdPolicyResponse",
    "TriggerResponse",
]
