"""The risk one breach is to one objective: raised and cleared, by turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from alignment_service.domain.risks.events import ObjectiveAtRisk, RiskCleared, RiskEvent


@dataclass(frozen=True, slots=True)
class NotRaised:
    pass


@dataclass(frozen=True, slots=True)
class Raised:
    facts: ObjectiveAtRisk


@dataclass(frozen=True, slots=True)
class Cleared:
    pass


Risk = NotRaised | Raised | Cleared


def initial_state() -> Risk:
    return NotRaised()


def evolve(risk: Risk, event: RiskEvent) -> Risk:  # noqa: ARG001 - every event says all there is
    match event:
        case ObjectiveAtRisk():
            return Raised(event)
        case RiskCleared():
            return Cleared()
        case _ as unreachable:
            assert_never(unreachable)
