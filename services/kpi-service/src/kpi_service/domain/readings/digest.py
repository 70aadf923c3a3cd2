"""The digests of a batch, which an auditor computes again from the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from helmlog_events.contracts.kpi import IngestedMonth

from kpi_service.domain.readings.reading import Row


class Group(NamedTuple):
    """One source's rows of one KPI, in order of instant and revision."""

    kpi_id: UUID
    source: str
    rows: Sequence[Row]


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
    digests: dict[str, Any] = {}
    counts: dict[str, int] = {}
    for kpi_id, source, rows in sorted(groups, key=_place_of):
        head = f'["{kpi_id}",{orjson.dumps(source).decode()},"'
        for month, of_month in _by_month(rows):
            lines = [
                f'{head}{observed_at}",{_quoted(value)},{revision}]\n'
                for observed_at, revision, value, _ in of_month
            ]
            digest = digests.get(month)
            if digest is None:
                digest = digests[month] = sha256()
                counts[month] = 0
            digest.update("".join(lines).encode())
            counts[month] += len(lines)
    return tuple(
        IngestedMonth(month=month, count=counts[month], digest=digests[month].hexdigest())
        for month in sorted(digests)
    )


def batch_digest(months: Iterable[IngestedMonth]) -> str:
    """SHA-256, in hex, over a line `<month> <count> <digest>` and a line feed a month, in order."""
    digest = sha256()
    for one in months:
        digest.update(b"%b %d %b\n" % (one.month.encode(), one.count, one.digest.encode()))
    return digest.hexdigest()


def _by_month(rows: Sequence[Row]) -> Iterator[tuple[str, Iterable[Row]]]:
    if _month(rows[0]) == _month(rows[-1]):
        return iter([(_month(rows[0]), rows)])
    return groupby(rows, _month)


def _month(row: Row) -> str:
    return row.observed_at[:7]


def _place_of(one: Group) -> tuple[str, str]:
    return str(one.kpi_id), one.source


def _quoted(value: str | None) -> str:
    return "null" if value is None else f'"{value}"'
