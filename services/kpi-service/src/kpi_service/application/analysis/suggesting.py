"""From readings to rules that could watch them, and how often these would have fired."""

from __future__ import annotations

import numpy as np
from helmlog_events.contracts.kpi import ThresholdPolicySet
from helmlog_events.store.postgres.connections import driver
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncConnection

from kpi_service.application.analysis.backtest import Backtest, Backtested
from kpi_service.application.analysis.database import read
from kpi_service.application.analysis.foretelling import season_told
from kpi_service.application.analysis.jobs import SuggestionJob
from kpi_service.application.analysis.rounding import Rounding
from kpi_service.application.analysis.told import (
    EdgeTold,
    NothingTold,
    SuggestionTold,
    UsualTold,
)
from kpi_service.domain.forecast.series import Floats, TooLittle
from kpi_service.domain.suggestion.rules import suggest_rules
from kpi_service.domain.suggestion.sensitivity import SETTINGS
from kpi_service.domain.suggestion.usual import Edge, Usual, find_usual
from kpi_service.domain.threshold.policy import compile_policy

MOST_READINGS = 1_500_000
_REACH = Rounding(1)


def suggest(job: SuggestionJob) -> tuple[SuggestionTold, Backtested] | NothingTold:
    """Raises `TooManyReadings`."""
    times, values = read(job.url, lambda connection: _readings(connection, job))
    try:
        usual = find_usual(times, values, SETTINGS[job.sensitivity].reach)
        length = float(times[-1] - times[0])
        suggested = suggest_rules(job.direction, usual, values, length, job.sensitivity)
    except TooLittle as error:
        return NothingTold(str(error))
    policy = ThresholdPolicySet(
        kpi_id=job.stretch.kpi_id,
        effective_from=job.stretch.since,
        evaluate="reading",
        rules=suggested.rules,
    )
    proposed = (compile_policy(policy, 1),)
    backtested = Backtest(job.url, job.stretch, (), proposed, ())()
    told = SuggestionTold(suggested.rules, suggested.left_out, _usual_told(usual, values))
    return told, backtested


async def _readings(
    connection: AsyncConnection, job: SuggestionJob
) -> tuple[NDArray[np.int64], Floats]:
    """Seconds since 1970 and values, in order; the readings themselves are let go page by page."""
    times: list[NDArray[np.int64]] = []
    values: list[Floats] = []
    async for page in job.stretch.stream(await driver(connection), MOST_READINGS):
        times.append(np.array([int(one.observed_at.timestamp()) for one in page], dtype=np.int64))
        values.append(np.array([float(one.value) for one in page]))
    if not values:
        return np.empty(0, dtype=np.int64), np.empty(0)
    return np.concatenate(times), np.concatenate(values)


def _usual_told(usual: Usual, values: Floats) -> UsualTold:
    rounding = Rounding.of(float(np.abs(values).max()))
    return UsualTold(
        usual.readings,
        usual.unusual,
        rounding(usual.spread),
        _REACH(usual.reach),
        _edge(usual.low, rounding),
        _edge(usual.high, rounding),
        tuple(season_told(one) for one in usual.seasons),
    )


def _edge(edge: Edge, rounding: Rounding) -> EdgeTold:
    return EdgeTold(rounding(edge.bound), rounding(edge.spread))
