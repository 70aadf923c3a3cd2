"""SQL that walks along the index once a span: what the readings in it come to.

Faster than to tell of each reading which span it lies in, whatever the spans' lengths.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from kpi_service.domain.periods import Span
from kpi_service.readmodel.counted_readings import (
    counted_between,
    first_free,
    value_at,
    value_before,
)

FIRST: Final = "first"
LAST: Final = "last"
RISE: Final = "rise"


async def walk(
    connection: asyncpg.Connection,
    tenant: str,
    kpi_id: UUID,
    spans: Sequence[Span],
    since: datetime,
    before: datetime,
    *extras: str,
    known_at: datetime | None,
) -> Sequence[Any]:
    """A row for each span with readings: its `place`, from 0, and what they come to.

    Only of readings from `since` on, before `before`. Of the `extras`, FIRST and LAST are values by
    (observed_at, source), RISE that of a counter.
    """
    known = () if known_at is None else (known_at,)
    rows: Sequence[Any] = await connection.fetch(
        _query(*extras, known=bool(known)),
        tenant,
        kpi_id,
        since,
        before,
        *known,
        [one.starts_at for one in spans],
        [one.ends_at for one in spans],
    )
    return rows


def _query(*extras: str, known: bool) -> str:
    place = first_free(known=known)
    counted = counted_between("span.starts_at", "span.ends_at", known=known)
    queries = {
        FIRST: value_at("found.first_observed_at", "ASC", known=known),
        LAST: value_at("found.last_observed_at", "DESC", known=known),
        RISE: _rise(counted, known=known),
    }
    columns = "".join(f", ({queries[extra]}) AS {extra}" for extra in extras)
    return f"""
        SELECT span.place - 1 AS place, found.*{columns}
        FROM unnest(${place}::timestamptz[], ${place + 1}::timestamptz[]) WITH ORDINALITY
            AS span (starts_at, ends_at, place)
        CROSS JOIN LATERAL (
            SELECT count(*) AS readings, sum(value) AS total,
                min(value) AS minimum, max(value) AS maximum,
                min(observed_at) AS first_observed_at, max(observed_at) AS last_observed_at
            FROM ({counted}) AS counted
        ) AS found
        WHERE found.readings > 0 ORDER BY span.place"""


def _rise(counted: str, *, known: bool) -> str:
    """What a counter rose by, each source from its last value before the period on.

    After a fall it has counted from zero. What a source had counted before its first reading of all
    is not known to have been counted in this period: that reading rises by nothing.
    """
    before = value_before("span.starts_at", "step.source", known=known)
    return f"""
        SELECT sum(CASE WHEN value >= previous THEN value - previous
                        WHEN value < previous THEN value ELSE 0 END)
        FROM (
            SELECT value, CASE WHEN number > 1 THEN lagged ELSE ({before}) END AS previous
            FROM (
                SELECT source, value, lag(value) OVER in_order AS lagged,
                    row_number() OVER in_order AS number
                FROM ({counted}) AS counted
                WINDOW in_order AS (PARTITION BY source ORDER BY observed_at)
            ) AS step
        ) AS rising"""
