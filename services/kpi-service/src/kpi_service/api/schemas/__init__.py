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
from kpi_service.api.schemas.catalogue import (
    AdoptedInputResponse,
    AdoptedResponse,
    AdoptRequest,
    CatalogueResponse,
    TemplateFormulaResponse,
    TemplateInputResponse,
    TemplateResponse,
    template_response,
)
from kpi_service.api.schemas.history import (
    ChangeResponse,
    HistoryEntryResponse,
)
from kpi_service.api.schemas.kpis import (
    DefineKPIRequest,
    FormulaResponse,
    KPIResponse,
    ParentResponse,
    RetirementResponse,
    ReviseKPIRequest,
    ServiceRequest,
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
    TargetHistoryResponse,
    TargetResponse,
    TargetStepResponse,
    WithdrawTargetRequest,
    target_response,
)
from kpi_service.api.schemas.trees import (
    KPINodeResponse,
)

__all__ = [
    "AcknowledgeBreachRequest",
    "AdoptRequest",
    "AdoptedInputResponse",
    "AdoptedResponse",
    "AnnotateBreachRequest",
    "BreachResponse",
    "BreachStoryResponse",
    "CatalogueResponse",
    "ChangeResponse",
    "DefineKPIRequest",
    "FormulaResponse",
    "HistoryEntryResponse",
    "KPINodeResponse",
    "KPIResponse",
    "ParentResponse",
    "ReadingResponse",
    "ReadingsResponse",
    "RejectedRow",
    "RetirementResponse",
    "ReviseKPIRequest",
    "RuleRequest",
    "ServiceRequest",
    "SetTargetRequest",
    "SetThresholdPolicyRequest",
    "SilenceBreachRequest",
    "TargetHistoryResponse",
    "TargetResponse",
    "TargetStepResponse",
    "TemplateFormulaResponse",
    "TemplateInputResponse",
    "TemplateResponse",
    "ThresholdPolicyResponse",
    "TriggerResponse",
    "WithdrawTargetRequest",
    "target_response",
    "template_response",
]
