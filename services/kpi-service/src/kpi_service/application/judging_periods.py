"""Judges what a KPI's policies judge where one of them judges by period.

A period is judged at its end, once a reading of a later one was observed, or the clock has passed
it. What came late or was corrected is judged again from the end of the period it lies in; the
value of one that still runs is none yet.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

from kpi_service.application.judged_series import LAST, JudgedSeries
from kpi_service.application.judging_again import Kept, judge_again
from kpi_service.domain.readings.course import Course
from kpi_service.domain.readings.feed import NEVER
from kpi_service.domain.threshold.observation import Place

PAGE: Final = 2_000
"""Periods, or readings, that are read at once."""

Following = Callable[[Sequence[Place]], Awaitable[Sequence[Place]]]


async def judge_by_period(
    course: Course,
    series: JudgedSeries,
    kept: Kept,
    *,
    cut_by: str,
    following: Following | None,
    now: datetime | None,
) -> datetime | None:
    """Judges all that is over, by the clock too where `now` is given.

    The readings that `course` took are stored. `following` gives the readings whose rise is counted
    from others, for a counter. Returns when the next period ends that has readings.
    """
    changed = course.changed_before()
    if changed and following is not None:
        changed = sorted({*changed, *await following(changed)})
    stretch = course.turn_by_period(series.cut, changed, cut_by, now)
    if stretch is not None:
        await judge_again(course, stretch, series, kept)
    over_until = course.over_until or NEVER
    place, more = course.resumes_after, True
    while more:
        page = await series.after(place, (over_until, LAST), PAGE)
        more = len(page) == PAGE
        if page:
            course.judge_on(page)
            place = page[-1].place
    until = max(over_until, now or NEVER)
    silent_at = course.timeline.silent_at(course.state)
    if silent_at is not None and silent_at < until:
        quiet_until = await series.quiet(course.resumes_after, until)
        course.fall_silent(quiet_until or until)
    ends = series.cut.ends_of(course.observed_at)
    return min((one for one in ends if one > over_until), default=None)
