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
from kpi_service.domain.readings.digest import Group, batch_digest, month_digests
from kpi_service.domain.readings.reading import Lot, Reading, Row


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
        lots: Sequence[Lot],
        now: datetime,
    ) -> Ingested:
        """Writes the batch within the caller's transaction, everything but its events.

        The KPIs it touches are held until the transaction ends, so that batches which come over
        HTTP and Kafka at once are judged one after the other. Partitions must be there: raises
        `MonthPutAway` if one is not there any more.
        """
        kpi_ids = await self.catalogue.find(connection, tenant, {lot.kpi for lot in lots})
        rejected = [
            Rejected(one.place, f"there is no KPI {lot.kpi!r}")
            for lot in lots
            if lot.kpi not in kpi_ids
            for one in lot.readings
        ]
        lots = [lot for lot in lots if lot.kpi in kpi_ids]
        if not lots:
            return Ingested(0, 0, 0, rejected, ())
        standings = await self._taken(connection, tenant, lots, kpi_ids, rejected)
        return await self._written(connection, tenant, standings, rejected, now)

    async def _taken(
        self,
        connection: asyncpg.Connection,
        tenant: str,
        lots: Sequence[Lot],
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
        for check in (measured, without_derived):
            lots, refused = check(lots, kpi_ids, definitions)
            rejected.extend(refused)
        lanes = [
            (course := standings[kpi_id].course, course.feed(source), readings)
            for (kpi_id, source), readings in _by_feed(lots, kpi_ids).items()
        ]
        if not lanes:
            return list(standings.values())
        await ledger.load_newest(connection, tenant, [lane[:2] for lane in lanes])
        old = [
            (course, feed, one.observed_at)
            for course, feed, readings in lanes
            for one in readings
            if one.observed_at <= feed.newest
        ]
        if old:  # else nothing can be known already, and the readings need not be looked into
            await ledger.load_known(connection, tenant, old)
        for course, feed, readings in lanes:
            course.take(feed, readings)
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
            Group(course.kpi_id, source, feed.rows)
            for course in courses
            for source, feed in course.feeds.items()
            if feed.added
        ]
        await ledger.insert_readings(connection, tenant, groups, batch_id, now)
        await ledger.save_newest(connection, tenant, courses)
        for one in changed:
            await bring_up(connection, tenant, one.course, one.kpi, at=now)
        values = list(chain.from_iterable(self._publish(one, now) for one in changed))
        await ledger.save(connection, tenant, changed)
        corrected = sum(len(course.corrections) for course in courses)
        batch = _describe(batch_id, groups, corrected)
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


def _by_feed(
    lots: Sequence[Lot], kpi_ids: Mapping[str, UUID]
) -> dict[tuple[UUID, str], list[Reading]]:
    """One lot a feed, also where its KPI was named both by id and by slug."""
    feeds: dict[tuple[UUID, str], list[Reading]] = {}
    for lot in lots:
        feed = kpi_ids[lot.kpi], lot.source
        # Places say in which order they came.
        feeds[feed] = sorted([*feeds[feed], *lot.readings]) if feed in feeds else lot.readings
    return feeds


def _describe(batch_id: UUID, groups: Sequence[Group], corrected: int) -> ReadingsIngested:
    months = month_digests(groups)
    kpis = tuple(
        _of_kpi(kpi_id, list(of_kpi))
        for kpi_id, of_kpi in groupby(sorted(groups, key=_kpi_id), _kpi_id)
    )
    return ReadingsIngested(
        batch_id=batch_id,
        kpi_ids=tuple(one.kpi_id for one in kpis),
        count=sum(one.count for one in kpis),
        corrected=corrected,
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
        first_observed_at=min(_instant(group.rows[0]) for group in groups),
        last_observed_at=max(_instant(group.rows[-1]) for group in groups),
    )


def _instant(row: Row) -> datetime:
    return datetime.fromisoformat(row.observed_at)


def _kpi_id(group: Group) -> UUID:
    return group.kpi_id
