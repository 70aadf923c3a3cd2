"""The company to play: recorded readings where there are some, made-up ones otherwise."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from helmlog_local.company.generated import DEFAULT_SEED, generated_series
from helmlog_local.company.generated_plan import generated_plan
from helmlog_local.company.plan import Cycle, Plan
from helmlog_local.company.recorded import recorded_series
from helmlog_local.company.recorded_plan import recorded_plan
from helmlog_local.company.series import Series

_LAST_WEEK = 13
_EACH_WEEK = range(1, _LAST_WEEK + 1)
_HALFWAY_AND_END = (7, _LAST_WEEK)


@dataclass(frozen=True, slots=True)
class Company:
    """`source` says in a few words where the readings come from."""

    source: str
    series: Sequence[Series]
    plan: Plan

    @property
    def readings(self) -> int:
        return sum(len(series.readings) for series in self.series)

    @property
    def shown(self) -> Cycle:
        return next(cycle for cycle in self.plan.cycles if cycle.name == self.plan.shown)

    @property
    def closed(self) -> list[Cycle]:
        """The cycles that a later one follows which looks at the same KPIs."""
        return [
            cycle
            for cycle in self.plan.cycles
            if any(
                other.starts_at >= cycle.ends_at and other.kpis & cycle.kpis
                for other in self.plan.cycles
            )
        ]

    def stops(self, series: Series) -> list[datetime]:
        """Moments within the series at which somebody looks: each week's end, and only halfway and
        at the end in quarters that are over before another one begins.
        """
        moments = [
            cycle.end_of_week(week)
            for cycle in self.plan.cycles
            for week in (_HALFWAY_AND_END if cycle in self.closed else _EACH_WEEK)
        ]
        begins, ends = series.first_observed_at, series.last_observed_at
        return sorted(moment for moment in moments if begins <= moment <= ends)


def load_company(environment: Mapping[str, str] = os.environ) -> Company:
    """By HELMLOG_DATA, the folder of recorded readings; raises RecordingUnreadable."""
    folder = environment.get("HELMLOG_DATA")
    if folder:
        series = list(recorded_series(Path(folder)))
        return Company(f"real readings from {folder}", series, recorded_plan())
    series = list(generated_series())
    return Company(f"a made-up company (seed {DEFAULT_SEED})", series, generated_plan())
