"""The rows behind ingestion: each KPI's state, each source's newest instant, the readings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from kpi_service.application import kept
from kpi_service.application.partitions import MonthPutAway
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.readings.course import Course
from kpi_service.domain.readings.digest import Group
from kpi_service.domain.readings.feed import NEVER, Feed
from kpi_service.domain.readings.reading import Known
from kpi_service.domain.threshold.as_json import state_from_json, state_to_json
from kpi_service.domain.threshold.episode import Told

_COLUMNS = (
    "tenant",
    "kpi_id",
    "source",
    "observed_at",
    "value",
    "revision",
    "batch_id",
    "received_at",
    "external_id",
)
_NULL: Final = "\\N"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(slots=True)
class Standing:
    """A KPI's course, and when its value was last published (wall clock).

    `kpi` is set by who reads its definition, once the row is held.
    """

    course: Course
    published_at: datetime | None
    pending: bool
    kpi: KPI = field(init=False)


async def lock(
    connection: asyncpg.Connection, tenant: str, kpi_ids: Collection[UUID]
) -> dict[UUID, Standing]:
    """The KPIs' states; their rows are held until the transaction ends."""
    rows = await connection.fetch(
        "SELECT kpi_id, value, source, observed_at, threshold::text, published_at, pending,"
        " breach_id, calm_since, silent_until, policies_judged, judged_again, over_until, cut_by"
        " FROM hold_kpi_states($1, $2)",
        tenant,
        kpi_ids,
    )
    open_breaches = [row["breach_id"] for row in rows if row["breach_id"] is not None]
    told = await kept.load_told(connection, tenant, open_breaches) if open_breaches else {}
    return {UUID(int=row["kpi_id"].int): _standing(row, told) for row in rows}


def _standing(row: Any, told: Mapping[UUID, Told]) -> Standing:
    breach_id = row["breach_id"]
    course = Course(
        UUID(int=row["kpi_id"].int),  # the driver's own class compares slower
        value=row["value"],
        source=row["source"],
        observed_at=row["observed_at"] or NEVER,
        state=state_from_json(row["threshold"]),
        breach=None if breach_id is None else told[UUID(int=breach_id.int)],
        calm_since=row["calm_since"],
        silent_until=row["silent_until"],
        policies_judged=row["policies_judged"],
        judged_again=row["judged_again"],
        over_until=row["over_until"],
        cut_by=row["cut_by"],
    )
    return Standing(course, row["published_at"], row["pending"])


async def load_newest(
    connection: asyncpg.Connection, tenant: str, lanes: Iterable[tuple[Course, Feed]]
) -> None:
    """Tells each feed the newest instant that is stored of it."""
    feeds = {(course.kpi_id, feed.source): feed for course, feed in lanes}
    # OFFSET 0 as in `read_streams`: a look at each.
    rows = await connection.fetch(
        "SELECT known.* FROM unnest($2::uuid[], $3::text[]) AS wanted (kpi_id, source)"
        " CROSS JOIN LATERAL (SELECT kpi_id, source, newest FROM reading_sources AS s"
        " WHERE s.tenant = $1 AND s.kpi_id = wanted.kpi_id AND s.source = wanted.source"
        " OFFSET 0) AS known",
        tenant,
        *zip(*feeds, strict=True),
    )
    for kpi_id, source, newest in rows:
        feeds[UUID(int=kpi_id.int), source].newest = newest


async def load_known(
    connection: asyncpg.Connection,
    tenant: str,
    old: Sequence[tuple[Course, Feed, datetime]],
) -> None:
    """Tells each feed what stands at these instants."""
    rows = await connection.fetch(
        "SELECT wanted.place, r.value, r.revision"
        " FROM unnest($2::int[], $3::uuid[], $4::text[], $5::timestamptz[])"
        " AS wanted (place, kpi_id, source, observed_at) CROSS JOIN LATERAL"
        " (SELECT value, revision FROM readings WHERE readings.tenant = $1"
        " AND readings.kpi_id = wanted.kpi_id AND readings.source = wanted.source"
        " AND readings.observed_at = wanted.observed_at ORDER BY revision DESC LIMIT 1) AS r",
        tenant,
        range(len(old)),
        [course.kpi_id for course, _, _ in old],
        [feed.source for _, feed, _ in old],
        [observed_at for _, _, observed_at in old],
    )
    for place, value, revision in rows:
        _, feed, observed_at = old[place]
        feed.known[observed_at] = Known(revision, value)


async def insert_readings(
    connection: asyncpg.Connection,
    tenant: str,
    groups: Iterable[Group],
    batch_id: UUID,
    received_at: datetime,
) -> None:
    """By COPY in its text format: what a batch and a group share is written once, and the database
    reads numbers and instants faster than the driver would pack them.

    Raises `MonthPutAway`.
    """
    shared = f"\t{batch_id}\t{received_at.isoformat()}\t"
    lines: list[str] = []
    for kpi_id, source, rows in groups:
        head = f"{tenant}\t{kpi_id}\t{_escaped(source)}\t"
        lines += [
            f"{head}{observed_at}\t{_NULL if value is None else value}\t{revision}{shared}"
            f"{_NULL if external_id is None else _escaped(external_id)}\n"
            for observed_at, revision, value, external_id in rows
        ]
    # As a view, for the driver takes bytes for the name of a file.
    text = memoryview("".join(lines).encode())
    try:
        await connection.copy_to_table("readings", columns=_COLUMNS, source=text, format="text")
    except asyncpg.CheckViolationError as error:
        if error.constraint_name is not None:
            raise
        # It is the database's word for a row that no partition takes.
        raise MonthPutAway from error


def _escaped(text: str) -> str:
    """A text in a line of COPY's text format."""
    # Most need nothing; what isn't printable is a control character among others.
    return text.translate(_ESCAPES) if "\\" in text or not text.isprintable() else text


async def save(connection: asyncpg.Connection, tenant: str, standings: Sequence[Standing]) -> None:
    """Writes back what `lock` gave, as the batch left it."""
    await connection.execute(
        "UPDATE kpi_state AS s SET value = n.value, source = n.source,"
        " observed_at = n.observed_at, threshold = n.threshold::json,"
        " published_at = n.published_at, pending = n.pending, breach_id = n.breach_id,"
        " calm_since = n.calm_since, silent_until = n.silent_until,"
        " policies_judged = n.policies_judged, judged_again = n.judged_again,"
        " over_until = n.over_until, cut_by = n.cut_by"
        " FROM unnest($2::uuid[], $3::numeric[], $4::text[], $5::timestamptz[], $6::text[],"
        " $7::timestamptz[], $8::boolean[], $9::uuid[], $10::timestamptz[], $11::timestamptz[],"
        " $12::int[], $13::int[], $14::timestamptz[], $15::text[]) AS n"
        " (kpi_id, value, source, observed_at, threshold, published_at, pending, breach_id,"
        " calm_since, silent_until, policies_judged, judged_again, over_until, cut_by)"
        # Said twice, so that no plan reads the states of other KPIs.
        " WHERE s.tenant = $1 AND s.kpi_id = n.kpi_id AND s.kpi_id = ANY($2)",
        tenant,
        *zip(*[_written(standing) for standing in standings], strict=True),
    )
    courses = [standing.course for standing in standings]
    episodes = [(course.kpi_id, one) for course in courses for one in course.episodes.items()]
    await kept.save_episodes(
        connection,
        tenant,
        [
            (kpi_id, Told(identity, episode))
            for kpi_id, (identity, episode) in episodes
            if episode is not None
        ],
    )
    await kept.remove_episodes(
        connection, tenant, [identity for _, (identity, episode) in episodes if episode is None]
    )
    await kept.save_checkpoints(
        connection, tenant, {course.kpi_id: course.checkpoints for course in courses}
    )


async def save_newest(
    connection: asyncpg.Connection, tenant: str, courses: Iterable[Course]
) -> None:
    """Notes each feed's newest instant, where the batch added to it."""
    await connection.execute(
        "INSERT INTO reading_sources (tenant, kpi_id, source, newest)"
        " SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::timestamptz[])"
        " ON CONFLICT (tenant, kpi_id, source) DO UPDATE SET newest = excluded.newest"
        " WHERE reading_sources.newest < excluded.newest",
        tenant,
        *zip(
            *[
                (course.kpi_id, source, feed.newest)
                for course in courses
                for source, feed in course.feeds.items()
                if feed.added
            ],
            strict=True,
        ),
    )


def _written(standing: Standing) -> tuple[Any, ...]:
    course = standing.course
    return (
        course.kpi_id,
        course.value,
        course.source,
        None if course.observed_at == NEVER else course.observed_at,
        state_to_json(course.state),
        standing.published_at,
        standing.pending,
        None if course.breach is None else course.breach.id,
        course.calm_since,
        course.silent_until,
        course.policies_judged,
        course.judged_again,
        course.over_until,
        course.cut_by,
    )
