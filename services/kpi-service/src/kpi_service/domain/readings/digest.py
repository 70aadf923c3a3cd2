"""The digest of a batch, which an auditor computes again from the table."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

import orjson
from helmlog_events.values import plain

from kpi_service.domain.readings.reading import StoredReading


def batch_digest(groups: Iterable[tuple[UUID, str, Iterable[StoredReading]]]) -> str:
    r"""SHA-256, in hex, over the rows of a batch in canonical form.

    A row is a JSON array without spaces, `[kpi_id, source, observed_at, value, revision]`, followed
    by a line feed:

        ["0197...","feed-1","2014-07-01T00:00:00Z","10844",1]

    The id in lower-case hex with hyphens; the instant in UTC with `Z`, with six decimals of a
    second if they are not all zero and with none if they are; the value in positional notation with
    the digits as stored, without a sign if it is zero. Rows are ordered by `kpi_id` as text,
    `source` by code point, `observed_at`, `revision`. In PostgreSQL:

        SELECT encode(sha256(string_agg(convert_to(line || E'\n', 'UTF8'), ''::bytea
            ORDER BY kpi_id::text COLLATE "C", source COLLATE "C", observed_at, revision)), 'hex')

    over lines built so. `groups` are (kpi_id, source, rows), in any order, each pair once.
    """
    digest = sha256()
    for kpi_id, source, rows in sorted(
        ((str(kpi_id), source, rows) for kpi_id, source, rows in groups), key=_place
    ):
        head = b"[%b,%b," % (orjson.dumps(kpi_id), orjson.dumps(source))
        lines = [
            b'%b"%b","%b",%d]\n'
            % (
                head,
                row.observed_at.isoformat()[:-6].encode() + b"Z",
                plain(row.value).encode(),
                row.revision,
            )
            for row in sorted(rows)  # by instant, revision: no two rows share both
        ]
        digest.update(b"".join(lines))
    return digest.hexdigest()


def _place(group: tuple[str, str, object]) -> tuple[str, str]:
    return group[0], group[1]
