"""Judges a stretch of a KPI's observations again, reading what is kept of it page by page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from kpi_service.domain.readings.course import Course
from kpi_service.domain.threshold.episode import Told
from kpi_service.domain.threshold.observation import Observation, Place
from kpi_service.domain.threshold.rejudging import Checkpoint, Start, Stretch
from kpi_service.domain.threshold.state import NORMAL
from kpi_service.domain.threshold.timeline import Timeline

_FIRST_PAGE = 50
_PAGE = 2_000


class Series(Protocol):
    """One KPI's observations as they now stand, each place once, without those withdrawn."""

    async def before(self, place: Place, limit: int) -> Sequence[Observation]:
        """The last ones before `place`, the last one first."""

    async def after(self, place: Place, up_to: Place, limit: int) -> Sequence[Observation]:
        """The first ones after `place`, in order; none after `up_to`."""

    async def first(self) -> Place | None:
        """The very first place that is stored, be its value withdrawn."""

    async def quiet(self, after: Place, until: datetime | None) -> datetime | None:
        """Until when nothing was observed after `after`, which is judged last, if `until` at most.

        None where that means nothing.
        """


class Kept(Protocol):
    """What was told and kept of one KPI's judgement."""

    async def last_told(self, up_to: Place) -> Told | None:
        """The last episode triggered at `up_to` or before."""

    async def told(self, after: Place, up_to: Place) -> Sequence[Told]:
        """The episodes triggered after `after` and up to `up_to`, in order."""

    async def last_checkpoint(self, before: Place) -> Checkpoint | None: ...

    async def checkpoints(self, after: Place, up_to: Place) -> Sequence[Checkpoint]: ...

    async def replace_checkpoints(
        self, after: Place, up_to: Place, checkpoints: Sequence[Checkpoint]
    ) -> None:
        """Puts these in the place of those after `after` and up to `up_to`."""

    async def lengthen_checkpoints(self, after: Place, before: Place | None, by: int) -> None:
        """The breach that is open there has had more readings; `before` none: to the last."""


async def judge_again(course: Course, stretch: Stretch, series: Series, kept: Kept) -> None:
    """Brings the course up to `course.judged_to`; checkpoints are written, all else is in it.

    Costs as much as lies between the last checkpoint before the stretch and where the states meet
    after it; memory grows with what changes, not with what is read.
    """
    start = await _start(course.timeline, stretch.since, series, kept)
    if start is None:
        return
    again = course.judge_again(start, stretch)
    after, limit, met, more = start.place, _FIRST_PAGE, False, True
    while more and not met:
        observations = await series.after(after, course.judged_to, limit)
        more = len(observations) == limit
        up_to = observations[-1].place if more else course.judged_to
        told = await kept.told(after, up_to)
        known = await kept.checkpoints(after, up_to)
        met, found = again.take(observations, told, dict(known))
        if known or found:
            replaced_to = again.reached if met else up_to
            await kept.replace_checkpoints(after, replaced_to, found)
        for checkpoint in found:
            course.calm_until(checkpoint.place)
        after, limit = up_to, min(4 * limit, _PAGE)
    splice = again.splice
    if splice is not None and splice.longer:
        over = splice.told.episode.ended
        await kept.lengthen_checkpoints(
            splice.place, None if over is None else over.place, splice.longer
        )
    silent_until = None if met else await series.quiet(again.reached, course.quiet_until)
    course.accept(again, met=met, silent_until=silent_until)


async def _start(timeline: Timeline, since: Place, series: Series, kept: Kept) -> Start | None:
    """The last place before `since` at which the state is known.

    That is a checkpoint, or an observation outside of every episode that breaches no rule.
    """
    checkpoint = await kept.last_checkpoint(since)
    told = await kept.last_told(since)
    edge, limit = since, _FIRST_PAGE
    while observations := await series.before(edge, limit):
        limit = min(4 * limit, _PAGE)
        for observation in observations:
            edge = observation.place
            if checkpoint is not None and edge <= checkpoint.place:
                return await _resumed(checkpoint, kept)
            if told is not None and not told.episode.has_begun(edge):
                told = await kept.last_told(edge)
            if told is not None and told.episode.holds(edge):
                edge, limit = told.episode.triggered, _FIRST_PAGE
                break
            policy = timeline.at(observation.observed_at)
            if policy is None or not policy.is_breached_by(observation.value):
                return Start(edge, NORMAL)
        if checkpoint is not None and edge <= checkpoint.place:
            return await _resumed(checkpoint, kept)
    return await _very_first(series, kept)


async def _very_first(series: Series, kept: Kept) -> Start | None:
    """Where the stored observations begin.

    Older ones may have been put away: what was told of them stays, as does an episode that goes on
    over that edge. While one is open that began there nothing can be judged again.
    """
    first = await series.first()
    if first is None:
        return None
    before = (first[0], "")
    told = await kept.last_told(before)
    if told is None or told.episode.is_over(before):
        return Start(before, NORMAL)
    ended = told.episode.ended
    return None if ended is None else Start(ended.place, NORMAL)


async def _resumed(checkpoint: Checkpoint, kept: Kept) -> Start:
    told = await kept.last_told(checkpoint.place)
    is_open = told is not None and told.episode.holds(checkpoint.place)
    return Start(checkpoint.place, checkpoint.state, told if is_open else None)
