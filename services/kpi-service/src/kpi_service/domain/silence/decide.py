"""What a look at a KPI's silence leads to; the timer takes it in time, and after each change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple, assert_never
from uuid import UUID

from helmlog_events.contracts.kpi import KPIDataResumed, KPINoData

from kpi_service.domain.silence.events import SilenceEvent
from kpi_service.domain.silence.state import Heard, Silence, Silent
from kpi_service.domain.silence.watch import Watched


@dataclass(frozen=True, slots=True)
class Resumption:
    """The first of the readings that have come since without a silence among them."""

    observed_at: datetime
    value: Decimal


@dataclass(frozen=True, slots=True)
class LookForData:
    """`silence_id` is for a silence that is announced now; `resumption` for one that may end."""

    watched: Watched
    silence_id: UUID
    resumption: Resumption | None
    at: datetime


class Said(NamedTuple):
    """An event, and since when it is true."""

    event: SilenceEvent
    since: datetime


def decide(command: LookForData, state: Silence) -> list[Said]:
    """Announces a silence once, and once that it is over.

    A reading that is itself too old does not end it: the source is silent still.
    """
    since = announced_since(command.watched, command.at)
    match state:
        case Heard():
            return [] if since is None else [_announced(command, since)]
        case Silent():
            return [_ended(command, state)] if since is None else []
        case _ as unreachable:
            assert_never(unreachable)


def announced_since(watched: Watched, moment: datetime) -> datetime | None:
    """Since when a silence is to be known at `moment`; None if none is."""
    rule = watched.rule_at(moment)
    return None if rule is None or rule.means != "alert" else watched.silent_since(moment)


def _announced(command: LookForData, since: datetime) -> Said:
    watched, rule = command.watched, command.watched.rule_at(command.at)
    if rule is None:
        raise ValueError("nothing is announced without a rule")
    event = KPINoData(
        silence_id=command.silence_id,
        kpi_id=watched.kpi.definition.kpi_id,
        last_observed_at=watched.observed_at,
        no_data_after=rule.phrase,
    )
    return Said(event, since)


def _ended(command: LookForData, silence: Silent) -> Said:
    watched, moment = command.watched, command.at
    cause: Literal["reading", "policy", "retired"]
    observed_at, value = None, None
    if not watched.kpi.is_measured_at(moment):
        cause, since = "retired", _last_change(watched, moment)
    elif command.resumption is not None and _asks(watched, moment):
        cause, since = "reading", command.resumption.observed_at
        observed_at, value = command.resumption.observed_at, command.resumption.value
    else:
        cause, since = "policy", _last_change(watched, moment)
    event = KPIDataResumed(
        silence_id=silence.silence_id,
        kpi_id=watched.kpi.definition.kpi_id,
        observed_at=observed_at,
        value=value,
        cause=cause,
    )
    return Said(event, since)


def _asks(watched: Watched, moment: datetime) -> bool:
    rule = watched.rule_at(moment)
    return rule is not None and rule.means == "alert"


def _last_change(watched: Watched, moment: datetime) -> datetime:
    """When what ended it without a reading began to hold."""
    held = [since for since in watched.changes() if since <= moment]
    return max(held, default=moment)
