"""Puts months of readings away; their digests stay in the log, which still verifies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

import asyncpg
from helmlog_events import clock
from helmlog_events.contracts.kpi import IngestedMonth, ReadingsDetached, ReadingsIngested
from helmlog_events.envelope import NEW_STREAM, Append, Metadata, NewEvent, StreamWrite
from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.rows import read_streams
from helmlog_events.store.postgres.store import PostgresStore

from kpi_service.domain.readings.digest import Group, month_digests
from kpi_service.domain.readings.reading import row

_ACTOR: Final = "system:retention"
_PAGE: Final = 5_000
_ROWS: Final = """
SELECT tenant, batch_id, kpi_id, source, observed_at, revision, value FROM {relation}
ORDER BY tenant, batch_id, kpi_id, source
"""


class MonthRefused(Exception):
    """The month can't be put away; the text says why."""


class StoredMonth(NamedTuple):
    """`rows` is PostgreSQL's estimate; `relation` the table that holds them."""

    month: date
    relation: str
    rows: int
    detached_at: datetime | None


@dataclass(slots=True)
class _Holding:
    """What a tenant has in the month."""

    count: int = 0
    batches: int = 0


@dataclass(frozen=True, slots=True)
class Retention:
    """Works as the owner of the tables."""

    store: PostgresStore

    async def months(self) -> list[StoredMonth]:
        """Those attached and those put away, in order."""
        async with self.store.transaction() as tx:
            rows = await tx.raw.fetch(
                "SELECT to_date(right(c.relname, 6), 'YYYYMM'), c.relname, c.reltuples::bigint,"
                " NULL::timestamptz FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid"
                " WHERE inhparent = 'readings'::regclass"
                " UNION ALL SELECT d.month, d.relation, c.reltuples::bigint, d.detached_at"
                " FROM readings_months_detached AS d LEFT JOIN pg_class AS c"
                " ON c.relname = d.relation AND c.relnamespace = 'public'::regnamespace ORDER BY 1"
            )
        return [
            StoredMonth(month, relation, max(0, count or 0), at)
            for month, relation, count, at in rows
        ]

    async def detach(self, month: date) -> dict[str, int]:
        """Puts `month` (its first day) away; returns how many readings of each tenant.

        Its partition stays as a table of its own, `readings_201407_detached`, to be dumped and
        dropped. Readings wait for the end of it. Raises `MonthRefused` for a month that is not
        over, has no partition, or whose readings are not those the log tells of.
        """
        now = clock.now()
        if month >= now.date().replace(day=1):
            raise MonthRefused(f"{month:%Y-%m} is not over")
        relation = f"readings_{month:%Y%m}"
        async with self.store.transaction() as tx:
            await _find(tx.raw, relation, month)
            holdings = await _check(tx.raw, relation, f"{month:%Y-%m}")
        async with self.store.transaction() as tx:
            await tx.raw.execute("LOCK TABLE readings IN ACCESS EXCLUSIVE MODE")
            await _find(tx.raw, relation, month)
            count = await tx.raw.fetchval(f"SELECT count(*) FROM {relation}")
            if count != sum(held.count for held in holdings.values()):
                raise MonthRefused(f"readings of {month:%Y-%m} came meanwhile: try again")
            await tx.raw.execute(f"ALTER TABLE readings DETACH PARTITION {relation}")
            await tx.raw.execute(f"ALTER TABLE {relation} RENAME TO {relation}_detached")
            await tx.raw.execute(
                "INSERT INTO readings_months_detached VALUES ($1, $2, $3)",
                month,
                f"{relation}_detached",
                now,
            )
            await tx.append(*(_told(tenant, month, held, now) for tenant, held in holdings.items()))
        return {tenant: held.count for tenant, held in holdings.items()}


async def _find(connection: asyncpg.Connection, relation: str, month: date) -> None:
    attached = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'readings'::regclass"
        " AND inhrelid = to_regclass($1))",
        relation,
    )
    if not attached:
        raise MonthRefused(f"there are no readings of {month:%Y-%m}, or they were put away before")


async def _check(connection: asyncpg.Connection, relation: str, month: str) -> dict[str, _Holding]:
    """What each tenant has in the partition, all of it as the log tells.

    Readings are only ever added, so that what was right stays right as long as none comes.
    """
    holdings: dict[str, _Holding] = {}
    async for tenant, batches in _batches(connection, relation):
        told = await _told_of(connection, tenant, batches, month)
        held = holdings.setdefault(tenant, _Holding())
        for batch_id, groups in batches.items():
            (stored,) = month_digests(groups)
            if told.get(batch_id) != stored:
                raise MonthRefused(f"batch {batch_id}: its readings do not give the log's digest")
            held.count += stored.count
            held.batches += 1
    return holdings


async def _batches(
    connection: asyncpg.Connection, relation: str
) -> AsyncIterator[tuple[str, dict[UUID, list[Group]]]]:
    """The partition's rows by tenant and batch: several batches at a time, each as a whole."""
    rows: list[Any] = []
    cursor = await connection.cursor(_ROWS.format(relation=relation))
    while page := await cursor.fetch(_PAGE):
        rows += page
        whole = len(rows)  # the last batch may go on in the next page
        while whole and rows[whole - 1]["batch_id"] == rows[-1]["batch_id"]:
            whole -= 1
        for part in _by_tenant(rows[:whole]):
            yield part
        del rows[:whole]
    for part in _by_tenant(rows):
        yield part


def _by_tenant(rows: Iterable[Any]) -> Iterator[tuple[str, dict[UUID, list[Group]]]]:
    for tenant, of_tenant in groupby(rows, itemgetter("tenant")):
        batches: dict[UUID, list[Group]] = {}
        for place, group in groupby(of_tenant, itemgetter("batch_id", "kpi_id", "source")):
            batch_id, kpi_id, source = place
            kept = [
                row(one["observed_at"], one["revision"], one["value"])
                for one in sorted(group, key=itemgetter("observed_at", "revision"))
            ]
            batches.setdefault(batch_id, []).append(Group(kpi_id, source, kept))
        yield tenant, batches


async def _told_of(
    connection: asyncpg.Connection, tenant: str, batch_ids: Iterable[UUID], month: str
) -> dict[UUID, IngestedMonth]:
    """What the log says of the batches' readings in the month."""
    streams = {stream_id("readings", batch_id): 0 for batch_id in batch_ids}
    told: dict[UUID, IngestedMonth] = {}
    for records in (await read_streams(connection, tenant, streams)).values():
        batch = cast("ReadingsIngested", records[0].event)
        if not batch.months:
            raise MonthRefused(
                f"batch {batch.batch_id} was taken in before digests were kept by month:"
                " its readings can only be verified as a whole"
            )
        told.update((batch.batch_id, one) for one in batch.months if one.month == month)
    return told


def _told(tenant: str, month: date, held: _Holding, now: datetime) -> Append:
    event = ReadingsDetached(month=f"{month:%Y-%m}", count=held.count, batches=held.batches)
    stream = stream_id("readings_month", event.month)
    write = StreamWrite(stream, NEW_STREAM, (NewEvent(event, now),))
    return Append(tenant, Metadata(actor=_ACTOR), (write,))
