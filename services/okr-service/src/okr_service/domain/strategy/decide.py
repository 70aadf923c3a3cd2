from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from helmlog_events.contracts.okr import Pillar, StrategyStated, Value

from okr_service.domain.changes import require_within_calendar
from okr_service.domain.strategy.refusals import StrategySlugsAlike
from okr_service.domain.strategy.state import StrategyState


@dataclass(frozen=True, slots=True)
class StateStrategy:
    """The whole of it, from `since` on: until what was stated of a later moment."""

    mission: str
    values: tuple[Value, ...]
    pillars: tuple[Pillar, ...]
    reason: str
    since: datetime


def decide(command: StateStrategy, state: StrategyState) -> list[StrategyStated]:
    """Raises `ChangeOutsideCalendar` or `StrategySlugsAlike`."""
    require_within_calendar(command.since)
    _require_unlike((value.slug for value in command.values), "values")
    _require_unlike((pillar.slug for pillar in command.pillars), "pillars")
    stated = StrategyStated(
        mission=command.mission,
        values=command.values,
        pillars=command.pillars,
        reason=command.reason,
    )
    return [] if state.at(command.since) == stated else [stated]


def _require_unlike(slugs: Iterable[str], field: str) -> None:
    seen: set[str] = set()
    for slug in slugs:
        if slug in seen:
            raise StrategySlugsAlike(slug, field)
        seen.add(slug)
