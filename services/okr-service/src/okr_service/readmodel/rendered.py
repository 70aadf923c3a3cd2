"""Boards as they were last rendered, for as long as nothing they show has changed."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID

from okr_service.domain.cut import Cut
from okr_service.readmodel.heads import CycleHeads, Head

Render = Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class RenderedBoard:
    body: bytes
    digest: str


class RenderedBoards:
    """A board is a function of its cycle's facts and of the moment it is judged at: it is rendered
    once for each, and kept until others have been asked for more lately. `max_bytes` bounds what is
    kept.

    What the read models show is asked of the database on every read, so that no process shows less
    than another one has shown.
    """

    def __init__(self, heads: CycleHeads, *, max_bytes: int = 64 * 1024 * 1024) -> None:
        self._heads = heads
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[Any, ...], RenderedBoard] = OrderedDict()
        self._rendering: dict[tuple[Any, ...], asyncio.Task[RenderedBoard]] = {}

    async def find(
        self, tenant: str, cycle_id: UUID, cut: Cut, variant: object, render: Render
    ) -> RenderedBoard:
        """The board within `cut`; `variant` is what else `render` depends on."""
        head = await self._heads.read(tenant, cycle_id)
        if not _is_final(head, cut):
            return _board(await render())
        facts = head.touched if cut.up_to_seq is None else cut.up_to_seq
        shown = (facts, head.links, head.organisation)
        key = (tenant, cycle_id, cut.moment, cut.valid_at, variant, shown)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        return await self._render_once(key, render)

    async def _render_once(self, key: tuple[Any, ...], render: Render) -> RenderedBoard:
        task = self._rendering.get(key)
        if task is None:
            task = asyncio.create_task(self._render(key, render), name="render-board")
            self._rendering[key] = task
            task.add_done_callback(lambda _: self._rendering.pop(key))
        # Whoever waits shares it; one who leaves does not take it from the others.
        return await asyncio.shield(task)

    async def _render(self, key: tuple[Any, ...], render: Render) -> RenderedBoard:
        board = _board(await render())
        self._kept[key] = board
        self._bytes += len(board.body)
        while self._bytes > self._max_bytes:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= len(dropped.body)
        return board


def _is_final(head: Head, cut: Cut) -> bool:
    """Whether the rows within `cut` are those that the head names, now and later."""
    return head.settled and (cut.up_to_seq is None or cut.up_to_seq <= head.position)


def _board(body: bytes) -> RenderedBoard:
    return RenderedBoard(body, blake2b(body, digest_size=16).hexdigest())
