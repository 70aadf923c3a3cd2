"""How a breach stands, by its readings and by what people did about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from helmlog_events.contracts.kpi import (
    KPIBreachAnnotated,
    KPIBreachSilenced,
    KPIBreachUnsilenced,
    KPIThresholdAcknowledged,
)

from kpi_service.domain.breach.events import BreachEvent


@dataclass(frozen=True, slots=True)
class Open:
    breach_id: UUID
    kpi_id: UUID


@dataclass(frozen=True, slots=True)
class Over:
    breach_id: UUID
    kpi_id: UUID


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """There was none after all, or it is part of `merged_into`."""

    breach_id: UUID
    kpi_id: UUID
    merged_into: UUID | None


Standing = Open | Over | Withdrawn
"""What became of a breach, or of a silence of the source, by the readings that are known."""


@dataclass(frozen=True, slots=True)
class Unnoticed:
    """Nobody has acknowledged it."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    note: str | None


@dataclass(frozen=True, slots=True)
class Audible:
    """Whoever is told of breaches is told of it."""


@dataclass(frozen=True, slots=True)
class Silenced:
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Dealings:
    """What people did about a breach."""

    acknowledgement: Unnoticed | Acknowledged = Unnoticed()
    silence: Audible | Silenced = Audible()
    cause: str | None = None
    corrective_action: str | None = None


UNTOUCHED = Dealings()


def is_silent_at(dealings: Dealings, moment: datetime) -> bool:
    match dealings.silence:
        case Silenced(until=until):
            return moment < until
        case Audible():
            return False
        case _ as unreachable:
            assert_never(unreachable)


def evolve(dealings: Dealings, event: BreachEvent) -> Dealings:
    match event:
        case KPIThresholdAcknowledged():
            return replace(dealings, acknowledgement=Acknowledged(event.note))
        case KPIBreachSilenced():
            return replace(dealings, silence=Silenced(event.until, event.reason))
        case KPIBreachUnsilenced():
            return replace(dealings, silence=Audible())
        case KPIBreachAnnotated():
            return replace(
                dealings,
                cause=dealings.cause if event.cause is None else event.cause,
                corrective_action=dealings.corrective_action
                if event.corrective_action is None
                else event.corrective_action,
            )
        case _ as unreachable:
            assert_never(unreachable)


def fold(events: Iterable[BreachEvent]) -> Dealings:
    dealings = UNTOUCHED
    for event in events:
        dealings = evolve(dealings, event)
    return dealings
