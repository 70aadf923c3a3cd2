"""Whether a KPI's silence has been announced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

from helmlog_events.contracts.kpi import KPIDataResumed, KPINoData

from kpi_service.domain.silence.events import SilenceEvent


@dataclass(frozen=True, slots=True)
class Heard:
    """Nothing is announced."""


@dataclass(frozen=True, slots=True)
class Silent:
    """`last_observed_at` is the newest reading when it was announced, none if there was none."""

    silence_id: UUID
    last_observed_at: datetime | None


Silence = Heard | Silent

INITIAL = Heard()


def evolve(_: Silence, event: SilenceEvent) -> Silence:
    match event:
        case KPINoData():
            return Silent(event.silence_id, event.last_observed_at)
        case KPIDataResumed():
            return Heard()
        case _ as unreachable:
            assert_never(unreachable)


def fold(events: Iterable[SilenceEvent], state: Silence = INITIAL) -> Silence:
    for event in events:
        state = evolve(state, event)
    return state
