"""SQL for the readings that count: of each source and instant the latest revision known.

A query built of these has the parameters

    $1 tenant, $2 KPI, $3 and $4 since and before which all readings it looks at were observed,
    and $5 the time by which they were known, where `known` is set

and those of its own from `first_free` on.
"""

from __future__ import annotations

OF_KPI = "tenant = $1 AND kpi_id = $2"
_KNOWN = " AND received_at <= $5"


def first_free(*, known: bool) -> int:
    return 6 if known else 5


def counted_between(since: str, before: str, *, known: bool) -> str:
    """`observed_at, source, value` of the readings from `since` on, before `before`.

    Corrections are few, and an index of their own holds them. What was never corrected is read as
    it stands, once; for each instant that was, the latest revision is looked up. With a window over
    all rows, or an anti-join of all with all, reading a year would take two to four times as long.
    """
    where = f"{OF_KPI}{_KNOWN if known else ''}"
    span = f"observed_at >= {since} AND observed_at < {before}"
    # Also between $3 and $4, from which the planner can tell the partitions.
    within = "observed_at >= $3 AND observed_at < $4"
    return f"""
        SELECT observed_at, source, value FROM readings AS uncorrected
        WHERE {where} AND {span} AND {within} AND value IS NOT NULL AND NOT EXISTS (
            SELECT FROM readings AS correction WHERE {OF_KPI} AND {span} AND {within}
            AND revision > 1 AND correction.observed_at = uncorrected.observed_at)
        UNION ALL
        SELECT observed_at, source, value FROM (
            SELECT DISTINCT ON (observed_at, source) observed_at, source, value FROM readings
            WHERE {where} AND {span} AND {within} AND observed_at IN (
                SELECT observed_at FROM readings
                WHERE {OF_KPI} AND {span} AND {within} AND revision > 1)
            ORDER BY observed_at, source, revision DESC
        ) AS latest WHERE value IS NOT NULL"""


def value_at(observed_at: str, order: str, *, known: bool) -> str:
    """The value at that instant, of the first (`ASC`) or last (`DESC`) source by code point."""
    return f"""
        SELECT value FROM (
            SELECT DISTINCT ON (source COLLATE "C") source, value FROM readings
            WHERE {OF_KPI}{_KNOWN if known else ""} AND observed_at = {observed_at}
                AND observed_at >= $3 AND observed_at < $4
            ORDER BY source COLLATE "C" {order}, revision DESC
        ) AS latest WHERE value IS NOT NULL ORDER BY source COLLATE "C" {order} LIMIT 1"""


def value_before(instant: str, source: str, *, known: bool) -> str:
    """The source's last value before the instant, however long ago."""
    return f"""
        SELECT value FROM (
            SELECT DISTINCT ON (observed_at) observed_at, value FROM readings
            WHERE {OF_KPI}{_KNOWN if known else ""} AND source = {source}
                AND observed_at < {instant} AND observed_at < $4
            ORDER BY observed_at DESC, revision DESC
        ) AS latest WHERE value IS NOT NULL ORDER BY observed_at DESC LIMIT 1"""
