"""What a rehearsal comes to: breaches counted, timed, some of them kept, and held to windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from helmlog_events.contracts.kpi import Severity

from kpi_service.domain.backtest.rehearsal import Episode, Rehearsal, Silence
from kpi_service.domain.backtest.windows import Marking, Window
from kpi_service.domain.threshold.observation import Observation


@dataclass(slots=True)
class Tally:
    """`kept` episodes and silences at most are kept; all of them are counted and timed."""

    rehearsal: Rehearsal
    since: datetime
    before: datetime
    marking: Marking
    kept: int
    episodes: list[tuple[Episode, bool]] = field(default_factory=list)
    """With whether it lies in a window."""
    silences: list[Silence] = field(default_factory=list)
    breach_count: int = 0
    silence_count: int = 0
    time_by_severity: dict[Severity, timedelta] = field(
        default_factory=lambda: {"warning": timedelta(0), "critical": timedelta(0)}
    )
    count_by_gravest: dict[Severity, int] = field(
        default_factory=lambda: {"warning": 0, "critical": 0}
    )

    def take(self, readings: Iterable[Observation]) -> None:
        take = self.rehearsal.take
        for reading in readings:
            for told in take(reading):
                self._add(told)

    def hear(self, readings: Iterable[Observation]) -> None:
        """Readings that are not judged themselves."""
        for reading in readings:
            for told in self.rehearsal.hear(reading.observed_at):
                self._add(told)

    def judge(self, observations: Iterable[Observation]) -> None:
        """What is judged in their place, once all were heard."""
        for one in observations:
            for told in self.rehearsal.judge(one):
                self._add(told)

    def finish(self, quiet_until: datetime | None = None) -> None:
        for told in self.rehearsal.finish(self.before, quiet_until):
            self._add(told)

    def _add(self, told: Episode | Silence) -> None:
        if isinstance(told, Silence):
            self.silence_count += 1
            if len(self.silences) < self.kept:
                self.silences.append(told)
            return
        marked = self.marking.add(told, self.before)
        self.breach_count += 1
        self.count_by_gravest[told.gravest] += 1
        for change, ends_at in _spells(told, self.before):
            self.time_by_severity[change] += ends_at
        if len(self.episodes) < self.kept:
            self.episodes.append((told, marked))


def open_tally(
    rehearsal: Rehearsal, since: datetime, before: datetime, windows: Sequence[Window], kept: int
) -> Tally:
    rehearsal.begin(since)
    return Tally(rehearsal, since, before, Marking(windows), kept)


def _spells(episode: Episode, before: datetime) -> Iterable[tuple[Severity, timedelta]]:
    """How long it was of which severity, from its trigger on."""
    moments = [*(one.observed_at for one in episode.changes), episode.recovered_at or before]
    for change, (starts_at, ends_at) in zip(episode.changes, pairwise(moments), strict=True):
        yield change.severity, ends_at - starts_at
