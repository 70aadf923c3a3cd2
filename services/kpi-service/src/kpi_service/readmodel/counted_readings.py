"""SQL for the readings that count: of each source and instant the last revision, if it has a value.

But for `latest`, a query built of these has the parameters

    $1 tenant, $2 KPI, $3 and $4 since and before which all readings it looks at were observed,
    and $5 the time by which they were known, where `known` is set

and those of its own from `first_free` on.
"""

from __future__ import annotations

OF_KPI = "tenant = $1 AND kpi_id = $2"
_KNOWN = " AND received_at <= $5"


def latest(columns: str, *order: str, where: str) -> str:
    """`columns`, among them `value`, of those readings that meet `where` and count.

    `order` tells the places apart: by instant and source, or by one where the other is given. It
    is how they are read, and what the caller has to order by if it matters.
    """
    places = ", ".join(one.removesuffix(" DESC").removesuffix(" ASC") for one in order)
    return f"""
        SELECT {columns} FROM (
            SELECT DISTINCT ON ({places}) {columns} FROM readings
            WHERE {where} ORDER BY {", ".join(order)}, revision DESC
        ) AS latest WHERE value IS NOT NULL"""


def known_by(moment: str) -> str:
    """A condition; where the parameter `moment` is null, all are known."""
    return f"({moment}::timestamptz IS NULL OR received_at <= {moment})"


def first_free(*, known: bool) -> int:
    return 6 if known else 5


def counted_between(since: str, before: str, *, known: bool) -> str:
    """`observed_at, source, value` of the readings from `since` on, before `before`.

    Corrections are few, and an index of their own says whether a span has any. One that has none
    is read as it stands, each row once: sorting out revisions everywhere would take half as long
    again. Where there are some it goes backwards along the primary key, which needs no sorting.
    """
    where = f"{OF_KPI}{_KNOWN if known else ''}"
    span = f"observed_at >= {since} AND observed_at < {before}"
    # Also between $3 and $4, from which the planner can tell the partitions.
    within = "observed_at >= $3 AND observed_at < $4"
    corrections = f"SELECT FROM readings WHERE {OF_KPI} AND {span} AND {within} AND revision > 1"
    corrected = latest(
        "observed_at, source, value",
        "observed_at DESC",
        "source DESC",
        where=f"{where} AND {span} AND {within} AND EXISTS ({corrections})",
    )
    return f"""
        SELECT observed_at, source, value FROM readings
        WHERE {where} AND {span} AND {within} AND value IS NOT NULL AND NOT EXISTS ({corrections})
        UNION ALL {corrected}"""


def value_at(observed_at: str, order: str, *, known: bool) -> str:
    """The value at that instant, of the first (`ASC`) or last (`DESC`) source by code point."""
    by = f'source COLLATE "C" {order}'
    where = f"{OF_KPI}{_KNOWN if known else ''} AND observed_at = {observed_at}"
    counted = latest(
        "value, source", by, where=f"{where} AND observed_at >= $3 AND observed_at < $4"
    )
    return f"SELECT value FROM ({counted} ORDER BY {by} LIMIT 1) AS counted"


def value_before(instant: str, source: str, *, known: bool) -> str:
    """The source's last value before the instant, however long ago.

    Backwards along the primary key to the first that counts: put as DISTINCT ON, the whole history
    would be read and sorted each time.
    """
    of_source = f"{OF_KPI}{_KNOWN if known else ''} AND source = {source} AND observed_at < $4"
    return f"""
        SELECT value FROM readings AS standing
        WHERE {of_source} AND observed_at < {instant} AND value IS NOT NULL AND NOT EXISTS (
            SELECT FROM readings AS later WHERE {of_source}
                AND later.observed_at = standing.observed_at AND later.revision > standing.revision)
        ORDER BY observed_at DESC LIMIT 1"""
