"""Boards, folded from where their events stand. The present ones are kept, and caught up with."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg
from helmlog_events.contracts.nodes import Node
from helmlog_events.contracts.okr import KeyResultAdded
from helmlog_events.envelope import RecordedEvent
from helmlog_events.store.postgres.connections import driver
from helmlog_events.store.postgres.rows import COLUMNS
from sqlalchemy.ext.asyncio import AsyncEngine

from okr_service.domain.aggregates import AGGREGATES, CYCLE
from okr_service.domain.board import Board
from okr_service.domain.contributions import ToldLink
from okr_service.domain.cut import Cut
from okr_service.domain.status import Measured

_CATEGORIES: Final = list(AGGREGATES)
_MOST_NEWS: Final = 2_000
"""Beyond so many events it is cheaper to fold the board anew: values count by their newest only."""

_PARKED: Final = "EXISTS (SELECT FROM parked WHERE source = 'okr')"
_WITHIN: Final = (
    "($3::bigint IS NULL OR seq <= $3) AND ($4::timestamptz IS NULL OR occurred_at <= $4)"
)
_UPDATES: Final = (
    "SELECT seq FROM key_result_updates WHERE tenant = added.tenant"
    f" AND key_result_id = added.id AND {_WITHIN}"
)
_WHOLE: Final = f"""
SELECT {COLUMNS}, {_PARKED} FROM event_log JOIN (
    SELECT seq FROM cycle_entries
    WHERE tenant = $1 AND cycle_id = $2 AND category = ANY($5) AND {_WITHIN}
    UNION ALL
    SELECT newest.seq FROM (
        SELECT tenant, id FROM cycle_entries
        WHERE tenant = $1 AND cycle_id = $2 AND type = $6 AND {_WITHIN}
    ) added CROSS JOIN LATERAL (
        ({_UPDATES} ORDER BY occurred_at DESC, version DESC LIMIT 1)
        UNION ({_UPDATES} ORDER BY version DESC LIMIT 1)
    ) newest
) chosen USING (seq) ORDER BY seq
"""
_NEWS: Final = f"""
SELECT {COLUMNS}, {_PARKED} FROM event_log JOIN (
    SELECT seq FROM cycle_entries
    WHERE tenant = $1 AND cycle_id = $2 AND seq > $3 AND category = ANY($5)
    UNION ALL
    SELECT seq FROM key_result_updates WHERE tenant = $1 AND cycle_id = $2 AND seq > $3
    ORDER BY seq LIMIT $4
) news USING (seq) ORDER BY seq
"""
_CYCLES: Final = f"""
SELECT {COLUMNS}, {_PARKED} FROM event_log JOIN (
    SELECT seq FROM cycle_entries WHERE tenant = $1 AND category = $2 AND {_WITHIN}
) chosen USING (seq) ORDER BY seq
"""
_TOLD: Final = """
SELECT child_id, parent_type, parent_id, weight FROM contributions
WHERE tenant = $1 AND cycle_id = $2
    AND ($3::timestamptz IS NULL OR recorded_at <= $3)
    AND ($4::timestamptz IS NULL OR occurred_at <= $4)
ORDER BY seq
"""


class _Found(NamedTuple):
    """`settled`: no event of the log stands parked, whose entry would come behind others."""

    records: list[RecordedEvent]
    settled: bool


class _Kept:
    """A present board; one reader at a time catches it up."""

    def __init__(self) -> None:
        self.board = Board()
        self.lock = asyncio.Lock()


class Boards:
    def __init__(self, engine: AsyncEngine, *, keep: int = 64) -> None:
        self._engine = engine
        self._keep = keep
        self._kept: OrderedDict[tuple[str, UUID], _Kept] = OrderedDict()

    async def at(self, tenant: str, cycle_id: UUID, cut: Cut) -> Board:
        """The board that the facts within `cut` make up."""
        if cut.valid_at is not None or cut.up_to_seq is not None:
            board = Board()
            board.apply((await self._whole(tenant, cycle_id, cut)).records)
            await self._tell_links(board, tenant, cycle_id, cut)
            return board
        kept = self._recall(tenant, cycle_id)
        async with kept.lock:
            board = kept.board
            news = await self._news(tenant, cycle_id, board.seq)
            if len(news.records) > _MOST_NEWS or not news.settled or not board.seq:
                board = Board()
                news = await self._whole(tenant, cycle_id, cut)
            board.apply(news.records)
            if news.settled:
                kept.board = board
            await self._tell_links(board, tenant, cycle_id, cut)
            return board

    async def contributed_to(
        self, tenant: str, cycle_id: UUID, objective_id: UUID, cut: Cut
    ) -> Measured | None:
        """What the objective's contributing children come to, as its board shows it."""
        return (await self.at(tenant, cycle_id, cut)).contributed_to(objective_id)

    async def cycles(self, tenant: str, cut: Cut) -> Sequence[Board]:
        """Each of the tenant's cycles, with nothing in it."""
        boards: dict[str, Board] = {}
        found = await self._fetch(_CYCLES, tenant, CYCLE.category, cut.up_to_seq, cut.valid_at)
        for record in found.records:
            boards.setdefault(record.stream, Board()).apply([record])
        return [*boards.values()]

    def _recall(self, tenant: str, cycle_id: UUID) -> _Kept:
        place = (tenant, cycle_id)
        kept = self._kept.setdefault(place, _Kept())
        self._kept.move_to_end(place)
        if len(self._kept) > self._keep:
            self._kept.popitem(last=False)
        return kept

    async def _whole(self, tenant: str, cycle_id: UUID, cut: Cut) -> _Found:
        return await self._fetch(
            _WHOLE,
            tenant,
            cycle_id,
            cut.up_to_seq,
            cut.valid_at,
            _CATEGORIES,
            KeyResultAdded.event_type,
        )

    async def _news(self, tenant: str, cycle_id: UUID, after: int) -> _Found:
        if not after:
            return _Found([], settled=True)
        return await self._fetch(_NEWS, tenant, cycle_id, after, _MOST_NEWS + 1, _CATEGORIES)

    async def _tell_links(self, board: Board, tenant: str, cycle_id: UUID, cut: Cut) -> None:
        async with self._engine.connect() as sql:
            connection: asyncpg.Connection = await driver(sql)
            rows = await connection.fetch(_TOLD, tenant, cycle_id, cut.known_at, cut.valid_at)
        board.told = [
            ToldLink(child, Node(type=parent_type, id=parent), weight)
            for child, parent_type, parent, weight in rows
        ]

    async def _fetch(self, query: str, *arguments: object) -> _Found:
        async with self._engine.connect() as sql:
            connection: asyncpg.Connection = await driver(sql)
            rows = await connection.fetch(query, *arguments)
        return _Found(
            [RecordedEvent._make(row[:-1]) for row in rows],
            settled=not any(row[-1] for row in rows),
        )
