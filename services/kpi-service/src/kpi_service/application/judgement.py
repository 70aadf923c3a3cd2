"""A KPI's thresholds between batches: judged again where they have to be, and ended by silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from helmlog_events.envelope import ANY_VERSION, NewEvent, StreamWrite
from helmlog_events.ids import stream_id

from kpi_service.application import ledger
from kpi_service.application.catalogue import Catalogue
from kpi_service.application.judging_again import judge_again
from kpi_service.application.kept import StoredJudgement
from kpi_service.application.stored_readings import StoredReadings
from kpi_service.domain.readings.course import Course


async def bring_up(connection: asyncpg.Connection, tenant: str, course: Course) -> None:
    """Judges again what came late, is another now, or has a newer policy.

    The KPI's row is held, and the readings that `course` took are stored.
    """
    stretch = course.turn()
    if stretch is not None:
        series = StoredReadings(connection, tenant, course.kpi_id)
        await judge_again(
            course, stretch, series, StoredJudgement(connection, tenant, course.kpi_id)
        )


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
        return await self._brought_up(connection, tenant, kpi_id, None)

    async def fall_silent(
        self, connection: asyncpg.Connection, tenant: str, kpi_id: UUID, now: datetime
    ) -> Sequence[StreamWrite]:
        """Ends the open breach if nothing was observed for as long as a policy waits that takes
        silence for good, as the next reading would. Nothing is written where that is not so.
        """
        return await self._brought_up(connection, tenant, kpi_id, now)

    async def _brought_up(
        self, connection: asyncpg.Connection, tenant: str, kpi_id: UUID, now: datetime | None
    ) -> Sequence[StreamWrite]:
        standing = (await ledger.lock(connection, tenant, [kpi_id]))[kpi_id]
        course = standing.course
        definitions = await self.catalogue.definitions(connection, tenant, [kpi_id])
        course.policies = definitions[kpi_id].policies
        before = (course.policies_judged, course.state)
        await bring_up(connection, tenant, course)
        if now is not None:
            course.fall_silent(now)
        if course.said or before != (course.policies_judged, course.state):
            await ledger.save(connection, tenant, [standing])
        return tuple(judgements([course]))
