"""Bounds suggested by kpi-service are tried on what came afterwards, beside those in force."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from helmlog_local.company.load import Company
from helmlog_local.company.series import MarkedWindow, Series
from helmlog_local.company.thresholds import LearnedPolicy
from helmlog_local.demo.api import Api
from helmlog_local.demo.telling import Told

Json = Any
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Tried:
    """`backtest` is None where the service suggests nothing; `suggestion` says why. `in_force` are
    the rules of the policy beside which it was tried.
    """

    series: Series
    windows: Sequence[MarkedWindow]
    suggestion: Json
    in_force: Json
    backtest: Json | None


async def try_suggestions(
    api: Api, company: Company, told: Told, done: Callable[[int], None]
) -> list[Tried]:
    """Each series by itself: suggested from the beginning that its policy was learned from, tried
    on all that came afterwards. Calls `done` for each. Raises DemoFailed.
    """
    tried = []
    for series in company.series:
        path = f"/kpi/v1/kpis/{told.kpis[series.slug]}"
        tried.append(await _try(api, path, series, told.policies[series.slug]))
        done(1)
    return tried


async def _try(api: Api, path: str, series: Series, policy: LearnedPolicy) -> Tried:
    begins, ends = series.first_observed_at, series.last_observed_at + _INSTANT
    middle = policy.effective_from
    windows = [window for window in series.windows if window.begins >= middle]
    suggestion = await api.get(
        f"{path}/threshold-suggestion", **{"from": begins.isoformat(), "to": middle.isoformat()}
    )
    in_force = (await api.get(path))["threshold_policy"]["rules"]
    if suggestion["suggestion"] is None:
        return Tried(series, windows, suggestion, in_force, None)
    body = {
        "policy": suggestion["suggestion"],
        "from": middle.isoformat(),
        "to": ends.isoformat(),
        "windows": [_pair(window.begins, window.ends) for window in windows],
    }
    backtest = await api.post(f"{path}/backtests", body, f"demo-backtest-{series.slug}")
    return Tried(series, windows, suggestion, in_force, backtest)


def _pair(begins: datetime, ends: datetime) -> list[str]:
    return [begins.isoformat(), ends.isoformat()]
