"""The course of a made-up KPI: level, trend, seasons, noise, incidents."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from helmlog_local.company.series import Reading

_NOISE_MEMORY = 0.7
_FADE = 0.15


@dataclass(frozen=True, slots=True)
class Incident:
    """From `begins` on, the signal is multiplied by up to `factor`; it comes and goes gradually."""

    begins: datetime
    lasts: timedelta
    factor: float
    note: str

    @property
    def ends(self) -> datetime:
        return self.begins + self.lasts

    def strength(self, moment: datetime) -> float:
        """0 outside, 1 at full strength, in between while it comes up or fades."""
        if not self.begins <= moment <= self.ends:
            return 0.0
        passed = (moment - self.begins) / self.lasts
        return min(1.0, passed / _FADE, (1.0 - passed) / _FADE)


@dataclass(frozen=True, slots=True)
class Signal:
    """Shares are of the level: `by_quarter` of growth, `by_day` up at `peak_hour` and down half a
    day later, `at_weekends` more or less on Saturday and Sunday, `noise` as a standard deviation.
    """

    level: float
    cadence: timedelta
    by_quarter: float = 0.0
    by_day: float = 0.0
    peak_hour: float = 14.0
    at_weekends: float = 0.0
    noise: float = 0.02
    places: int = 1
    highest: float = math.inf
    incidents: Sequence[Incident] = ()


def course(
    signal: Signal, begins: datetime, ends: datetime, chance: random.Random
) -> Iterator[Reading]:
    """A reading at each multiple of the cadence from `begins` until before `ends`."""
    quarter = timedelta(days=91)
    drift = 0.0
    moment = begins
    while moment < ends:
        # Noise remembers: real instruments wander, they don't rattle.
        drift = _NOISE_MEMORY * drift + chance.gauss(0.0, signal.noise)
        value = signal.level * (1.0 + signal.by_quarter * ((moment - begins) / quarter))
        value *= 1.0 + signal.by_day * _day(moment, signal.peak_hour) + drift
        if moment.isoweekday() >= 6:  # noqa: PLR2004 - Saturday
            value *= 1.0 + signal.at_weekends
        for incident in signal.incidents:
            value *= 1.0 + (incident.factor - 1.0) * incident.strength(moment)
        value = min(max(value, 0.0), signal.highest)
        yield Reading(moment, f"{value:.{signal.places}f}")
        moment += signal.cadence


def _day(moment: datetime, peak_hour: float) -> float:
    hour = moment.hour + moment.minute / 60
    return math.cos((hour - peak_hour) / 24 * math.tau)
