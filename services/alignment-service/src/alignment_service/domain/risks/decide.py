from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

from alignment_service.domain.risks.events import ObjectiveAtRisk, RiskCleared, RiskEvent
from alignment_service.domain.risks.state import Cleared, NotRaised, Raised, Risk


@dataclass(frozen=True, slots=True)
class RaiseRisk:
    """`since` is when the breach opened; `cause` the event that brought it, as `kpi/512`.

    `anew`: the key result came (back) to the objective while the breach stands, or the breach
    turned out to stand still, so that a risk cleared before is one again.
    """

    objective_id: UUID
    cycle_id: UUID
    key_result_id: UUID
    kpi_id: UUID
    breach_id: UUID
    severity: Literal["warning", "critical"]
    since: datetime
    cause: str
    anew: bool = False


@dataclass(frozen=True, slots=True)
class ClearRisk:
    """The KPI recovered, or nothing of the objective hangs on it any more."""

    cause: str


RiskCommand = RaiseRisk | ClearRisk


def decide(command: RiskCommand, risk: Risk) -> Sequence[RiskEvent]:
    match command:
        case RaiseRisk():
            return _raise(command, risk)
        case ClearRisk():
            return _clear(command, risk)
        case _ as unreachable:
            assert_never(unreachable)


def _raise(command: RaiseRisk, risk: Risk) -> Sequence[RiskEvent]:
    match risk:
        case NotRaised():
            return [_raised(command)]
        case Cleared() if command.anew:
            return [_raised(command)]
        case Raised() | Cleared():
            return []  # another key result of the objective hangs on the same breach
        case _ as unreachable:
            assert_never(unreachable)


def _raised(command: RaiseRisk) -> ObjectiveAtRisk:
    return ObjectiveAtRisk(
        objective_id=command.objective_id,
        cycle_id=command.cycle_id,
        key_result_id=command.key_result_id,
        kpi_id=command.kpi_id,
        breach_id=command.breach_id,
        severity=command.severity,
        since=command.since,
        cause=command.cause,
    )


def _clear(command: ClearRisk, risk: Risk) -> Sequence[RiskEvent]:
    match risk:
        case Raised(facts):
            return [
                RiskCleared(
                    objective_id=facts.objective_id,
                    cycle_id=facts.cycle_id,
                    key_result_id=facts.key_result_id,
                    kpi_id=facts.kpi_id,
                    breach_id=facts.breach_id,
                    cause=command.cause,
                )
            ]
        case NotRaised() | Cleared():
            return []
        case _ as unreachable:
            assert_never(unreachable)
