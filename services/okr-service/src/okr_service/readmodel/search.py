"""Full-text search by PostgreSQL, within a cut like every other read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncEngine

from okr_service.domain.cut import Cut

# Control characters stand in no text, so what is between two of them was marked by the database.
_START: Final = "\x02"
_STOP: Final = "\x03"
_MARKS: Final = f"StartSel={_START}, StopSel={_STOP}, MaxFragments=2, MinWords=5, MaxWords=20"

_WITHIN: Final = (
    "($3::bigint IS NULL OR {0}.seq <= $3) AND ($4::timestamptz IS NULL OR {0}.occurred_at <= $4)"
)
_WORDS: Final = (
    "(websearch_to_tsquery('pg_catalog.simple', $2)"
    " || websearch_to_tsquery('pg_catalog.english', $2))"
)
# A query of nothing but punctuation is empty, and `words && nothing` would find all there is.
SEARCH: Final = f"""
WITH hits AS (
    SELECT text.*, round(ts_rank(text.document, {_WORDS}) * 1000000)::bigint AS score
    FROM search_texts text
    WHERE numnode({_WORDS}) > 0
        AND text.document @@ (('''tenant ' || $1 || '''')::tsquery && {_WORDS})
        AND text.tenant = $1 AND NOT text.withdrawn AND {_WITHIN.format("text")}
        AND ($5::uuid IS NULL OR text.cycle_id = $5) AND ($6::text IS NULL OR text.type = $6)
        AND NOT EXISTS (
            SELECT FROM search_texts newer
            WHERE newer.tenant = text.tenant AND newer.type = text.type AND newer.id = text.id
                AND newer.version > text.version AND {_WITHIN.format("newer")}
        )
), page AS (
    SELECT * FROM hits WHERE $7::bigint IS NULL OR (score, seq) < ($7, $8)
    ORDER BY score DESC, seq DESC LIMIT $9
)
SELECT type, id, cycle_id, about_type, about_id, title, score, seq, occurred_at,
    ts_headline('pg_catalog.english', coalesce(nullif(body, ''), title), {_WORDS}, $10) AS headline
FROM page ORDER BY score DESC, seq DESC
"""


@dataclass(frozen=True, slots=True)
class SearchFilter:
    cycle_id: UUID | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Fragment:
    text: str
    found: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """`score` only orders the hits of one search: there is no best one."""

    type: str
    id: UUID
    cycle_id: UUID
    about_type: str
    about_id: UUID
    title: str
    fragments: tuple[Fragment, ...]
    occurred_at: datetime
    score: int
    seq: int


class Search:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(
        self,
        tenant: str,
        words: str,
        chosen: SearchFilter,
        cut: Cut,
        *,
        after: tuple[int, int] | None,
        limit: int,
    ) -> Sequence[Hit]:
        """What holds `words`, in the way people search the web: "a phrase", -without, or.

        The best first, and the newest of those that are as good. `words` is any storable text.
        """
        score, seq = after or (None, None)
        async with self._engine.connect() as sql:
            connection: asyncpg.Connection = await driver(sql)
            rows = await connection.fetch(
                SEARCH,
                tenant,
                words,
                cut.up_to_seq,
                cut.valid_at,
                chosen.cycle_id,
                chosen.type,
                score,
                seq,
                limit,
                _MARKS,
            )
        return [_hit(row) for row in rows]


def _hit(row: asyncpg.Record) -> Hit:
    known = {name: row[name] for name in row.keys() if name != "headline"}  # noqa: SIM118 - no dict
    return Hit(**known, fragments=fragments_of(row["headline"]))


def fragments_of(headline: str) -> tuple[Fragment, ...]:
    """The text between and within the marks, in its order."""
    found: list[Fragment] = []
    for piece in headline.split(_START):
        marked, stop, rest = piece.partition(_STOP)
        if stop:
            found.append(Fragment(marked, found=True))
        found.append(Fragment(rest if stop else marked, found=False))
    return tuple(fragment for fragment in found if fragment.text)
