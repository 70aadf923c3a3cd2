"""What is yet to be derived. Notes only: each says where to look, none what is to be found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from kpi_service.domain.periods import Span
from kpi_service.domain.readings.reading import FORMULA_SOURCE

_BIN = "15 minutes"
"""No period begins within a quarter of an hour of UTC, whatever the timezone."""


class DuePeriod(NamedTuple):
    """`noted` is the seq of the last event that made it due."""

    starts_at: datetime
    noted: int


class DueRange(NamedTuple):
    noted: int
    since: datetime
    before: datetime
    batch_id: UUID | None


class DueKPI(NamedTuple):
    tenant: str
    kpi_id: UUID


async def note_periods(
    connection: asyncpg.Connection, tenant: str, kpi_id: UUID, spans: Iterable[Span], noted: int
) -> None:
    """Each is due when it is over. Noted again, it counts once, from the later event."""
    ends = {span.starts_at: span.ends_at for span in spans}
    await connection.execute(
        "INSERT INTO derived_due (tenant, kpi_id, starts_at, due_at, noted)"
        " SELECT $1, $2, starts_at, ends_at, $5"
        " FROM unnest($3::timestamptz[], $4::timestamptz[]) AS period (starts_at, ends_at)"
        " ORDER BY starts_at ON CONFLICT (tenant, kpi_id, starts_at)"
        " DO UPDATE SET due_at = excluded.due_at,"
        " noted = greatest(derived_due.noted, excluded.noted)",
        tenant,
        kpi_id,
        [*ends],
        [*ends.values()],
        noted,
    )


async def note_range(
    connection: asyncpg.Connection, tenant: str, kpi_id: UUID, noted: DueRange, now: datetime
) -> None:
    """For when there are too many periods, or too many readings, to look at them at once."""
    await connection.execute(
        "INSERT INTO derived_ranges (tenant, kpi_id, noted, since, before, batch_id, due_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, kpi_id, noted) DO UPDATE SET"
        " since = least(derived_ranges.since, excluded.since),"
        " before = greatest(derived_ranges.before, excluded.before),"
        " batch_id = CASE WHEN derived_ranges.batch_id = excluded.batch_id"
        " THEN derived_ranges.batch_id END",
        tenant,
        kpi_id,
        *noted,
        now,
    )


async def list_kpis(connection: asyncpg.Connection, now: datetime) -> list[DueKPI]:
    rows = await connection.fetch(
        "SELECT tenant, kpi_id FROM derived_due WHERE due_at <= $1"
        " UNION SELECT tenant, kpi_id FROM derived_ranges WHERE due_at <= $1",
        now,
    )
    return [DueKPI(row["tenant"], UUID(int=row["kpi_id"].int)) for row in rows]


async def list_ranges(connection: asyncpg.Connection, due: DueKPI, now: datetime) -> list[DueRange]:
    rows = await connection.fetch(
        "SELECT noted, since, before, batch_id FROM derived_ranges"
        " WHERE tenant = $1 AND kpi_id = $2 AND due_at <= $3 ORDER BY noted",
        *due,
        now,
    )
    return [DueRange(*row) for row in rows]


async def list_periods(
    connection: asyncpg.Connection, due: DueKPI, now: datetime, limit: int
) -> list[DuePeriod]:
    """The first of them, in order of time."""
    rows = await connection.fetch(
        "SELECT starts_at, noted FROM derived_due"
        " WHERE tenant = $1 AND kpi_id = $2 AND due_at <= $3 ORDER BY starts_at LIMIT $4",
        *due,
        now,
        limit,
    )
    return [DuePeriod(*row) for row in rows]


async def list_still_due(
    connection: asyncpg.Connection, due: DueKPI, now: datetime, starts: Sequence[datetime]
) -> list[DuePeriod]:
    """Those of `starts` that are due, in order of time."""
    rows = await connection.fetch(
        "SELECT starts_at, noted FROM derived_due WHERE tenant = $1 AND kpi_id = $2"
        " AND due_at <= $3 AND starts_at = ANY($4::timestamptz[]) ORDER BY starts_at",
        *due,
        now,
        starts,
    )
    return [DuePeriod(*row) for row in rows]


async def settle_periods(
    connection: asyncpg.Connection, due: DueKPI, done: Sequence[DuePeriod]
) -> None:
    """Forgets what was done, but not what was noted again meanwhile.

    What an uncommitted transaction is about to note again is let be, so that neither waits for the
    other: done twice, it has one effect.
    """
    await connection.execute(
        "DELETE FROM derived_due WHERE ctid = ANY(ARRAY("
        " SELECT held.ctid FROM derived_due AS held"
        " JOIN unnest($3::timestamptz[], $4::bigint[]) AS done (starts_at, noted)"
        " USING (starts_at, noted) WHERE held.tenant = $1 AND held.kpi_id = $2"
        " FOR UPDATE OF held SKIP LOCKED))",
        *due,
        [one.starts_at for one in done],
        [one.noted for one in done],
    )


async def settle_range(connection: asyncpg.Connection, due: DueKPI, done: DueRange) -> None:
    await connection.execute(
        "DELETE FROM derived_ranges WHERE tenant = $1 AND kpi_id = $2 AND noted = $3",
        *due,
        done.noted,
    )


async def postpone(
    connection: asyncpg.Connection, due: DueKPI, now: datetime, until: datetime
) -> None:
    """What is due now is not looked at before `until`."""
    for table in ("derived_due", "derived_ranges"):
        await connection.execute(
            f"UPDATE {table} SET due_at = $4 WHERE tenant = $1 AND kpi_id = $2 AND due_at <= $3",
            *due,
            now,
            until,
        )


async def read_instants(
    connection: asyncpg.Connection, tenant: str, kpi_ids: Sequence[UUID], wanted: DueRange
) -> list[datetime]:
    """When something was observed in the range, to the quarter of an hour before."""
    rows = await connection.fetch(
        f"SELECT DISTINCT date_bin('{_BIN}', observed_at, TIMESTAMPTZ '2000-01-01 00:00Z') AS at"
        " FROM readings WHERE tenant = $1 AND kpi_id = ANY($2::uuid[])"
        " AND observed_at >= $3 AND observed_at < $4"
        " AND ($5::uuid IS NULL OR batch_id = $5) ORDER BY at",
        tenant,
        kpi_ids,
        wanted.since,
        wanted.before,
        wanted.batch_id,
    )
    return [row["at"] for row in rows]


async def read_derived(
    connection: asyncpg.Connection, due: DueKPI, wanted: DueRange
) -> list[datetime]:
    """The instants in the range at which a derived value was ever told."""
    rows = await connection.fetch(
        "SELECT DISTINCT observed_at FROM readings WHERE tenant = $1 AND kpi_id = $2"
        " AND observed_at >= $3 AND observed_at < $4 AND source = $5",
        *due,
        wanted.since,
        wanted.before,
        FORMULA_SOURCE,
    )
    return [row["observed_at"] for row in rows]


async def next_observed(
    connection: asyncpg.Connection, tenant: str, kpi_id: UUID, last: datetime
) -> datetime:
    """The instant up to which a counter's rise may hang on what was observed at `last`.

    That of each source's next reading; `last` itself if there is none.
    """
    found = await connection.fetchval(
        "SELECT max(coming.observed_at) FROM reading_sources AS s CROSS JOIN LATERAL"
        " (SELECT observed_at FROM readings AS r WHERE r.tenant = $1 AND r.kpi_id = $2"
        " AND r.source = s.source AND r.observed_at > $3 ORDER BY observed_at LIMIT 1) AS coming"
        " WHERE s.tenant = $1 AND s.kpi_id = $2 AND s.newest > $3",
        tenant,
        kpi_id,
        last,
    )
    return last if found is None else found
