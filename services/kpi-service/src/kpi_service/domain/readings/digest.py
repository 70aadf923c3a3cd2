"""The digests of a batch, which an auditor computes again from the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from helmlog_events.contracts.kpi import IngestedMonth
from helmlog_events.values import plain

from kpi_service.domain.readings.reading import StoredReading


class Group(NamedTuple):
    """One source's rows of one KPI."""

    kpi_id: UUID
    source: str
    rows: Sequence[StoredReading]


def month_digests(groups: Iterable[Group]) -> tuple[IngestedMonth, ...]:
    r"""For each month the SHA-256, in hex, over its rows in canonical form, the months in order.

    A row is a JSON array without spaces, `[kpi_id, source, observed_at, value, revision]`, followed
    by a line feed:

        ["0197...","feed-1","2014-07-01T00:00:00Z","10844",1]

    The id in lower-case hex with hyphens; the instant in UTC with `Z`, with six decimals of a
    second if they are not all zero and with none if they are; the value in positional notation with
    the digits as stored, without a sign if it is zero, or `null` where a value was withdrawn. Rows
    are ordered by `kpi_id` as text, `source` by code point, `observed_at`, `revision`. In
    PostgreSQL:

        SELECT encode(sha256(string_agg(convert_to(line || E'\n', 'UTF8'), ''::bytea
            ORDER BY kpi_id::text COLLATE "C", source COLLATE "C", observed_at, revision)), 'hex')

    over lines built so. Each pair of KPI and source is one group; groups come in any order.
    """
    digests: dict[tuple[int, int], Any] = {}
    counts: dict[tuple[int, int], int] = {}
    for kpi_id, source, rows in sorted(
        (str(group.kpi_id), group.source, group.rows) for group in groups
    ):
        head = b"[%b,%b," % (orjson.dumps(kpi_id), orjson.dumps(source))
        for month, lines in _by_month(head, rows):
            digest = digests.get(month)
            if digest is None:
                digest = digests[month] = sha256()
                counts[month] = 0
            digest.update(b"".join(lines))
            counts[month] += len(lines)
    return tuple(
        IngestedMonth(
            month=f"{year:04}-{month:02}",
            count=counts[year, month],
            digest=digests[year, month].hexdigest(),
        )
        for year, month in sorted(digests)
    )


def batch_digest(months: Iterable[IngestedMonth]) -> str:
    """SHA-256, in hex, over a line `<month> <count> <digest>` and a line feed a month, in order."""
    digest = sha256()
    for one in months:
        digest.update(b"%b %d %b\n" % (one.month.encode(), one.count, one.digest.encode()))
    return digest.hexdigest()


def _by_month(
    head: bytes, rows: Sequence[StoredReading]
) -> Iterator[tuple[tuple[int, int], list[bytes]]]:
    ordered = sorted(rows, key=_place)
    if _month(ordered[0]) == _month(ordered[-1]):
        yield _month(ordered[0]), [_line(head, row) for row in ordered]
        return
    for month, of_month in groupby(ordered, _month):
        yield month, [_line(head, row) for row in of_month]


def _place(row: StoredReading) -> tuple[object, int]:
    return row.observed_at, row.revision


def _month(row: StoredReading) -> tuple[int, int]:
    return row.observed_at.year, row.observed_at.month


def _line(head: bytes, row: StoredReading) -> bytes:
    value = b"null" if row.value is None else b'"%b"' % plain(row.value).encode()
    return b'%b"%bZ",%b,%d]\n' % (
        head,
        row.observed_at.isoformat()[:-6].encode(),
        value,
        row.revision,
    )
