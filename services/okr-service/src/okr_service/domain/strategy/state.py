"""Mission, values and pillars, as they were stated since when."""

from __future__ import annotations

from typing import cast

from helmlog_events.contracts.okr import StrategyStated

from okr_service.domain.timeline import Timeline
from okr_service.domain.told import Told

StrategyState = Timeline[StrategyStated]


def initial_state() -> StrategyState:
    return Timeline()


def evolve(state: StrategyState, told: Told) -> StrategyState:
    return state.with_told(told.occurred_at, cast("StrategyStated", told.event))
