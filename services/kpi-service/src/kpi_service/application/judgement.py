"""A KPI's thresholds between batches: judged again where they have to be, and ended by silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from helmlog_events import clock
from helmlog_events.envelope import ANY_VERSION, NewEvent, StreamWrite
from helmlog_events.ids import stream_id

from kpi_service.application import ledger, period_rows
from kpi_service.application.catalogue import Catalogue
from kpi_service.application.judging_again import judge_again
from kpi_service.application.judging_periods import judge_by_period
from kpi_service.application.kept import StoredJudgement
from kpi_service.application.stored_periods import open_judged
from kpi_service.application.stored_readings import StoredReadings
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.readings.course import Course


async def bring_up(
    connection: asyncpg.Connection,
    tenant: str,
    course: Course,
    kpi: KPI,
    *,
    at: datetime,
    by_clock: bool = False,
) -> None:
    """Judges what is new, and again what came late, is another now, or has a newer policy.

    The KPI's row is held, and the readings that `course` took are stored. Where a policy judges by
    period, what is over `at` that moment is judged `by_clock`, or is set to be.
    """
    kept = StoredJudgement(connection, tenant, course.kpi_id)
    if course.is_by_period:
        judged = await open_judged(connection, tenant, kpi, course.policies)
        ends_at = await judge_by_period(
            course,
            judged.series,
            kept,
            cut_by=judged.cut_by,
            following=judged.stored.following if kpi.definition.measure == "counter" else None,
            now=at if by_clock else None,
        )
        await period_rows.note(connection, tenant, course.kpi_id, ends_at, at)
        return
    stretch = course.turn()
    if stretch is not None:
        series = StoredReadings(connection, tenant, course.kpi_id)
        await judge_again(course, stretch, series, kept)
    course.judge()


def judgements(courses: Iterable[Course]) -> Iterator[StreamWrite]:
    """What is to be said of breaches."""
    for course in courses:
        if course.said:
            yield StreamWrite(
                stream_id("kpi_breach", course.kpi_id),
                ANY_VERSION,
                tuple(NewEvent(event, occurred_at) for event, occurred_at in course.said),
            )


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a worker asks for beside batches, each within the caller's transaction.

    The KPI's row is held until it ends; the writes are to be appended, last of all.
    """

    catalogue: Catalogue

    async def heed_policies(
        self, connection: asyncpg.Connection, tenant: str, kpi_id: UUID
    ) -> Sequence[StreamWrite]:
        """Judges again what was judged before policies were set that hold for it."""
        return await self._brought_up(connection, tenant, kpi_id, clock.now(), by_clock=False)

    async def fall_silent(
        self, connection: asyncpg.Connection, tenant: str, kpi_id: UUID, now: datetime
    ) -> Sequence[StreamWrite]:
        """Ends the open breach if nothing was observed for as long as a policy waits that takes
        silence for good, as the next reading would. Nothing is written where that is not so.
        """
        return await self._brought_up(connection, tenant, kpi_id, now, by_clock=True)

    async def end_periods(
        self, connection: asyncpg.Connection, tenant: str, kpi_id: UUID, now: datetime
    ) -> Sequence[StreamWrite]:
        """Judges the periods that are over by now, where a policy judges by period."""
        return await self._brought_up(connection, tenant, kpi_id, now, by_clock=True)

    async def _brought_up(
        self,
        connection: asyncpg.Connection,
        tenant: str,
        kpi_id: UUID,
        now: datetime,
        *,
        by_clock: bool,
    ) -> Sequence[StreamWrite]:
        standing = (await ledger.lock(connection, tenant, [kpi_id]))[kpi_id]
        course = standing.course
        definitions = await self.catalogue.definitions(connection, tenant, [kpi_id])
        course.policies = definitions[kpi_id].policies
        before = _judged(course)
        await bring_up(connection, tenant, course, definitions[kpi_id], at=now, by_clock=by_clock)
        if by_clock and not course.is_by_period:
            course.fall_silent(now)
            await period_rows.note(connection, tenant, kpi_id, None, now)
        if course.said or before != _judged(course):
            await ledger.save(connection, tenant, [standing])
        return tuple(judgements([course]))


def _judged(course: Course) -> tuple[object, ...]:
    return course.policies_judged, course.state, course.over_until, course.cut_by
