"""A KPI's readings, episodes and checkpoints in memory, taken in as ingestion takes them in."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from kpi_service.application.judged_series import JudgedSeries
from kpi_service.application.judging_again import judge_again
from kpi_service.application.judging_periods import judge_by_period
from kpi_service.domain.periods import Calendar, Span
from kpi_service.domain.readings.course import Course
from kpi_service.domain.readings.feed import NEVER, Feed
from kpi_service.domain.readings.reading import Known
from kpi_service.domain.threshold.as_json import state_from_json, state_to_json
from kpi_service.domain.threshold.cut import Cut
from kpi_service.domain.threshold.episode import Episode, Told
from kpi_service.domain.threshold.observation import Observation, Place
from kpi_service.domain.threshold.policy import Policy
from kpi_service.domain.threshold.rejudging import Checkpoint, longer_by
from kpi_service.domain.threshold.revision import Announcement
from kpi_service.domain.threshold.state import ThresholdState

from tests.kpi.domain.builders import KPI_ID, Sent, lots_of
from tests.kpi.domain.whole_history import period_value

T = TypeVar("T")


def done(work: Coroutine[Any, Any, T]) -> T:
    """Runs what waits for nothing."""
    try:
        work.send(None)
    except StopIteration as stopped:
        return stopped.value
    raise AssertionError("it waits for something")


@dataclass
class Memory:
    """Between batches, with what each of them said."""

    policies: Sequence[Policy] = ()
    rows: dict[tuple[str, datetime], Known] = field(default_factory=dict)
    history: list[tuple[str, datetime, int, Decimal | None]] = field(default_factory=list)
    episodes: dict[UUID, Episode] = field(default_factory=dict)
    checkpoints: dict[Place, ThresholdState] = field(default_factory=dict)
    course: Course = field(default_factory=lambda: Course(KPI_ID))
    said: list[Announcement] = field(default_factory=list)
    corrections: list[Any] = field(default_factory=list)
    duplicates: int = 0
    counter: bool = False
    """Whether its periods' values are what it rose by, or sums."""
    judged_again: list[int] = field(default_factory=list)
    """How many observations were read each time."""

    def ingest(self, *batch: Sent) -> None:
        course = self._next()
        for _, source, readings in lots_of("demand", batch):
            known = {at: row for (name, at), row in self.rows.items() if name == source}
            feed = course.feeds[source] = Feed(source, max(known, default=NEVER), known)
            course.take(feed, readings)
        for source, feed in course.feeds.items():
            self.duplicates += feed.duplicates
            for row in feed.rows:
                at = datetime.fromisoformat(row.observed_at)
                value = None if row.value is None else Decimal(row.value)
                self.rows[source, at] = Known(row.revision, value)
                self.history.append((source, at, row.revision, value))
        self._finish(course)

    def set_policies(self, *policies: Policy) -> None:
        """They are judged by at once, as the worker does."""
        self.policies = sorted(policies, key=lambda one: one.effective_from)
        self._finish(self._next())

    def pass_time(self, now: datetime) -> None:
        course = self._next()
        self._judge(course, now)
        if not course.is_by_period:
            course.fall_silent(now)
        self._keep(course)

    def put_away(self, before: datetime) -> None:
        """Takes older readings out of the table; nothing is told of it."""
        self.rows = {key: row for key, row in self.rows.items() if key[1] >= before}

    @property
    def state(self) -> ThresholdState:
        return self.course.state

    def observations(self) -> list[Observation]:
        """As they now stand, in order."""
        found = [
            Observation(at, row.value, source)
            for (source, at), row in self.rows.items()
            if row.value is not None
        ]
        return sorted(found, key=lambda one: one.place)

    def _next(self) -> Course:
        was = self.course
        return Course(
            KPI_ID,
            self.policies,
            was.value,
            was.source,
            was.observed_at,
            state_from_json(state_to_json(was.state)),
            was.breach,
            was.calm_since,
            was.silent_until,
            was.policies_judged,
            was.judged_again,
            was.over_until,
            was.cut_by,
        )

    def _finish(self, course: Course) -> None:
        self._judge(course)
        self._keep(course)

    def _judge(self, course: Course, now: datetime | None = None) -> None:
        if course.is_by_period:
            cut = Cut(self.policies, Calendar(ZoneInfo("UTC")))
            readings = MemoryPeriods(self)
            series = JudgedSeries(readings, cut, course.timeline.heeds_silence)
            following = readings.following if self.counter else None
            work = judge_by_period(
                course, series, MemoryKept(self), cut_by="", following=following, now=now
            )
            done(work)
            return
        stretch = course.turn()
        if stretch is not None:
            first = min(((at, source) for source, at in self.rows), default=None)
            series = MemorySeries(self.observations(), first)
            done(judge_again(course, stretch, series, MemoryKept(self)))
            self.judged_again.append(series.read)
        course.judge()

    def _keep(self, course: Course) -> None:
        for identity, episode in course.episodes.items():
            if episode is None:
                del self.episodes[identity]
            else:
                self.episodes[identity] = episode
        self.checkpoints |= dict(course.checkpoints)
        self.said += course.said
        self.corrections += course.corrections
        self.course = course


class MemorySeries:
    def __init__(self, observations: list[Observation], first: Place | None) -> None:
        self._all = observations
        self._first = first
        self.read = 0

    async def before(self, place: Place, limit: int) -> list[Observation]:
        found = [one for one in self._all if one.place < place][::-1][:limit]
        self.read += len(found)
        return found

    async def after(self, place: Place, up_to: Place, limit: int) -> list[Observation]:
        found = [one for one in self._all if place < one.place <= up_to][:limit]
        self.read += len(found)
        return found

    async def first(self) -> Place | None:
        return self._first

    async def quiet(self, _after: Place, until: datetime | None) -> datetime | None:
        return until


class MemoryPeriods(MemorySeries):
    def __init__(self, memory: Memory) -> None:
        first = min(((at, source) for source, at in memory.rows), default=None)
        super().__init__(memory.observations(), first)
        self._counter = memory.counter
        self._stored = sorted(at for _, at in memory.rows)

    async def first_in(self, since: datetime, before: datetime) -> datetime | None:
        return next((at for at in self._stored if since <= at < before), None)

    async def last_in(self, since: datetime, before: datetime) -> datetime | None:
        return next((at for at in self._stored[::-1] if since <= at < before), None)

    async def values(self, spans: Sequence[Span]) -> list[tuple[Span, Observation]]:
        found = []
        for span in spans:
            inside = [one for one in self._all if span.starts_at <= one.observed_at < span.ends_at]
            if inside:
                value = period_value(self._all, inside, counter=self._counter)
                since = inside[0].observed_at
                found.append((span, Observation(span.ends_at, value, since=since)))
        return found

    async def following(self, places: Sequence[Place]) -> list[Place]:
        nexts = (
            next((p.place for p in self._all if p.source == s and p.observed_at > at), None)
            for at, s in places
        )
        return sorted({one for one in nexts if one is not None})


class MemoryKept:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def _told(self) -> list[Told]:
        told = [Told(*one) for one in self._memory.episodes.items()]
        return sorted(told, key=lambda one: one.episode.triggered)

    async def last_told(self, up_to: Place) -> Told | None:
        found = [one for one in self._told() if one.episode.triggered <= up_to]
        return found[-1] if found else None

    async def told(self, after: Place, up_to: Place) -> list[Told]:
        return [one for one in self._told() if _within(one.episode.triggered, after, up_to)]

    async def last_checkpoint(self, before: Place) -> Checkpoint | None:
        found = [one for one in self._memory.checkpoints if one < before]
        return Checkpoint(max(found), self._memory.checkpoints[max(found)]) if found else None

    async def checkpoints(self, after: Place, up_to: Place) -> list[Checkpoint]:
        found = sorted(one for one in self._memory.checkpoints if _within(one, after, up_to))
        return [Checkpoint(one, self._memory.checkpoints[one]) for one in found]

    async def replace_checkpoints(
        self, after: Place, up_to: Place, checkpoints: Sequence[Checkpoint]
    ) -> None:
        for place in [one for one in self._memory.checkpoints if _within(one, after, up_to)]:
            del self._memory.checkpoints[place]
        self._memory.checkpoints |= dict(checkpoints)

    async def lengthen_checkpoints(self, after: Place, before: Place | None, by: int) -> None:
        for place, state in self._memory.checkpoints.items():
            if place > after and (before is None or place < before):
                self._memory.checkpoints[place] = longer_by(state, by)


def _within(place: Place, after: Place, up_to: Place) -> bool:
    return after < place <= up_to
