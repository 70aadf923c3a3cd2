from __future__ import annotations

from helmlog_events.contracts.alignment import ObjectiveAtRisk, RiskCleared

__all__ = ["ObjectiveAtRisk", "RiskCleared", "RiskEvent"]

RiskEvent = ObjectiveAtRisk | RiskCleared
