"""What people may do about a breach; a silence of the source is dealt with the same way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from helmlog_events.contracts.kpi import (
    KPIBreachAnnotated,
    KPIBreachSilenced,
    KPIBreachUnsilenced,
    KPIThresholdAcknowledged,
)

from kpi_service.domain.breach.events import BreachEvent
from kpi_service.domain.breach.refusals import (
    BreachOver,
    BreachWithdrawn,
    NothingToAnnotate,
    SilenceEnded,
)
from kpi_service.domain.breach.state import (
    Acknowledged,
    Dealings,
    Open,
    Over,
    Silenced,
    Standing,
    Unnoticed,
    Withdrawn,
    evolve,
    is_silent_at,
)


@dataclass(frozen=True, slots=True)
class AcknowledgeBreach:
    breach: Standing
    note: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class SilenceBreach:
    breach: Standing
    until: datetime
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class UnsilenceBreach:
    breach: Standing
    at: datetime


@dataclass(frozen=True, slots=True)
class AnnotateBreach:
    """What is none stays as it was said before."""

    breach: Standing
    cause: str | None
    corrective_action: str | None
    at: datetime


BreachCommand = AcknowledgeBreach | SilenceBreach | UnsilenceBreach | AnnotateBreach


def decide(command: BreachCommand, dealings: Dealings) -> list[BreachEvent]:
    """The events that follow, none when nothing would change. Raises a `Refusal`."""
    breach = command.breach
    if isinstance(breach, Withdrawn):
        raise BreachWithdrawn(breach.breach_id, breach.merged_into)
    match command:
        case AcknowledgeBreach():
            return _acknowledge(command, breach, dealings)
        case SilenceBreach():
            return _silence(command, breach, dealings)
        case UnsilenceBreach():
            if not is_silent_at(dealings, command.at):
                return []
            return [KPIBreachUnsilenced(breach_id=breach.breach_id, kpi_id=breach.kpi_id)]
        case AnnotateBreach():
            return _annotate(command, breach, dealings)
        case _ as unreachable:
            assert_never(unreachable)


def _acknowledge(
    command: AcknowledgeBreach, breach: Open | Over, dealings: Dealings
) -> list[BreachEvent]:
    match dealings.acknowledgement:
        case Acknowledged():
            return []  # asked twice, done once
        case Unnoticed():
            return [
                KPIThresholdAcknowledged(
                    breach_id=breach.breach_id, kpi_id=breach.kpi_id, note=command.note
                )
            ]
        case _ as unreachable:
            assert_never(unreachable)


def _silence(command: SilenceBreach, breach: Open | Over, dealings: Dealings) -> list[BreachEvent]:
    if command.until <= command.at:
        raise SilenceEnded(command.until)
    match breach:
        case Over():
            raise BreachOver(breach.breach_id)
        case Open():
            if dealings.silence == Silenced(command.until, command.reason):
                return []
            return [
                KPIBreachSilenced(
                    breach_id=breach.breach_id,
                    kpi_id=breach.kpi_id,
                    until=command.until,
                    reason=command.reason,
                )
            ]
        case _ as unreachable:
            assert_never(unreachable)


def _annotate(
    command: AnnotateBreach, breach: Open | Over, dealings: Dealings
) -> list[BreachEvent]:
    if command.cause is None and command.corrective_action is None:
        raise NothingToAnnotate
    annotated = KPIBreachAnnotated(
        breach_id=breach.breach_id,
        kpi_id=breach.kpi_id,
        cause=command.cause,
        corrective_action=command.corrective_action,
    )
    return [] if evolve(dealings, annotated) == dealings else [annotated]
