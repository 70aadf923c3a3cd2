"""A batch of readings in one transaction: rows, states, and the events that say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, groupby
from typing import NamedTuple
from uuid import UUID

import asyncpg
from helmlog_events.contracts.kpi import (
    IngestedKPI,
    IngestedMonth,
    KPIValueChanged,
    ReadingsIngested,
)
from helmlog_events.envelope import ANY_VERSION, NEW_STREAM, NewEvent, StreamWrite
from helmlog_events.ids import new_id, stream_id

from kpi_service.application import ledger
from kpi_service.application.catalogue import Catalogue
from kpi_service.application.derived_readings import without_derived
from kpi_service.application.judgement import bring_up, judgements
from kpi_service.application.ledger import Standing
from kpi_service.application.retirement import measured
from kpi_service.application.rows import Rejected
from kpi_service.domain.readings.course import Course
from kpi_service.domain.readings.digest import Group, batch_digest, month_digests, spell
from kpi_service.domain.readings.feed import Feed
from kpi_service.domain.readings.reading import Reading


class Ingested(NamedTuple):
    """What became of the rows: each is counted once. `writes` are to be appended, last of all."""

    accepted: int
    duplicates: int
    corrected: int
    rejected: list[Rejected]
    writes: tuple[StreamWrite, ...]


@dataclass(frozen=True, slots=True)
class Ingestion:
    """Takes in batches; `publish_every` is the window of `KPIValueChanged`, in wall-clock time."""

    catalogue: Catalogue
    publish_every: timedelta

    async def take(
        self,
        connection: asyncpg.Connection,
        tenant: str,
        readings: Sequence[Reading],
        now: datetime,
    ) -> Ingested:
        """Writes the batch within the caller's transaction, everything but its events.

        The KPIs it touches are held until the transaction ends, so that batches which come over
        HTTP and Kafka at once are judged one after the other. Partitions must be there: raises
        `MonthPutAway` if one is not there any more.
        """
        kpi_ids = await self.catalogue.find(connection, tenant, {one.kpi for one in readings})
        known = [one for one in readings if one.kpi in kpi_ids]
        rejected = [
            Rejected(one.place, f"there is no KPI {one.kpi!r}")
            for one in readings
            if one.kpi not in kpi_ids
        ]
        if not known:
            return Ingested(0, 0, 0, rejected, ())
        standings = await self._taken(connection, tenant, known, kpi_ids, rejected)
        return await self._written(connection, tenant, standings, rejected, now)

    async def _taken(
        self,
        connection: asyncpg.Connection,
        tenant: str,
        readings: Sequence[Reading],
        kpi_ids: Mapping[str, UUID],
        rejected: list[Rejected],
    ) -> list[Standing]:
        touched = set(kpi_ids.values())
        standings = await ledger.lock(connection, tenant, touched)
        # After the lock: a policy that was set before this batch's turn counts.
        definitions = await self.catalogue.definitions(connection, tenant, touched)
        for kpi_id, standing in standings.items():
            standing.kpi = definitions[kpi_id]
            standing.course.policies = standing.kpi.policies
        readings = measured(readings, kpi_ids, definitions, rejected)
        readings = without_derived(readings, kpi_ids, definitions, rejected)
        if not readings:
            return list(standings.values())
        lanes: dict[tuple[str, str], tuple[Course, Feed]] = {}
        for kpi, source in {(one.kpi, one.source) for one in readings}:
            course = standings[kpi_ids[kpi]].course
            lanes[kpi, source] = (course, course.feed(source))
        await ledger.load_newest(connection, tenant, lanes.values())
        old = [
            (*lanes[one.kpi, one.source], one.observed_at)
            for one in readings
            if one.observed_at <= lanes[one.kpi, one.source][1].newest
        ]
        if old:  # else nothing can be known already, and the readings need not be looked into
            await ledger.load_known(connection, tenant, old)
        for one in readings:
            course, feed = lanes[one.kpi, one.source]
            course.take(feed, one)
        return list(standings.values())

    async def _written(
        self,
        connection: asyncpg.Connection,
        tenant: str,
        standings: Sequence[Standing],
        rejected: list[Rejected],
        now: datetime,
    ) -> Ingested:
        duplicates = sum(feed.duplicates for one in standings for feed in one.course.feeds.values())
        changed = [
            one for one in standings if any(feed.added for feed in one.course.feeds.values())
        ]
        if not changed:
            return Ingested(0, duplicates, 0, rejected, ())
        courses = [one.course for one in changed]
        batch_id = new_id()
        groups = [
            Group(course.kpi_id, source, feed.added)
            for course in courses
            for source, feed in course.feeds.items()
            if feed.added
        ]
        spelled = spell(groups)
        await ledger.insert_readings(connection, tenant, spelled, batch_id, now)
        await ledger.save_newest(connection, tenant, courses)
        for one in changed:
            await bring_up(connection, tenant, one.course, one.kpi, at=now)
        values = list(chain.from_iterable(self._publish(one, now) for one in changed))
        await ledger.save(connection, tenant, changed)
        batch = _describe(batch_id, groups, month_digests(spelled))
        return Ingested(
            batch.count - batch.corrected,
            duplicates,
            batch.corrected,
            rejected,
            (
                StreamWrite(stream_id("readings", batch_id), NEW_STREAM, (NewEvent(batch, now),)),
                *judgements(courses),
                *values,
            ),
        )

    def _publish(self, standing: Standing, now: datetime) -> Iterator[StreamWrite]:
        course = standing.course
        events = [NewEvent(one, one.observed_at) for one in course.corrections]
        if course.value is None:
            standing.pending = False  # a value that was withdrawn is not said
        elif course.moved:
            # What breached or recovered goes out at once, and its value with it.
            due = standing.published_at is None or now - standing.published_at >= self.publish_every
            if due or course.said:
                event = KPIValueChanged(
                    kpi_id=course.kpi_id, value=course.value, observed_at=course.observed_at
                )
                events.append(NewEvent(event, course.observed_at))
                standing.published_at = now
                standing.pending = False
            else:
                standing.pending = True
        if events:
            yield StreamWrite(stream_id("kpi_value", course.kpi_id), ANY_VERSION, tuple(events))


def _describe(
    batch_id: UUID, groups: Sequence[Group], months: tuple[IngestedMonth, ...]
) -> ReadingsIngested:
    kpis = tuple(
        _of_kpi(kpi_id, list(of_kpi))
        for kpi_id, of_kpi in groupby(sorted(groups, key=_kpi_id), _kpi_id)
    )
    return ReadingsIngested(
        batch_id=batch_id,
        kpi_ids=tuple(one.kpi_id for one in kpis),
        count=sum(one.count for one in kpis),
        corrected=sum(row.revision > 1 for group in groups for row in group.rows),
        first_observed_at=min(one.first_observed_at for one in kpis),
        last_observed_at=max(one.last_observed_at for one in kpis),
        digest=batch_digest(months),
        kpis=kpis,
        months=months,
    )


def _of_kpi(kpi_id: UUID, groups: Sequence[Group]) -> IngestedKPI:
    return IngestedKPI(
        kpi_id=kpi_id,
        count=sum(len(group.rows) for group in groups),
        first_observed_at=min(row.observed_at for group in groups for row in group.rows),
        last_observed_at=max(row.observed_at for group in groups for row in group.rows),
    )


def _kpi_id(group: Group) -> UUID:
    return group.kpi_id
