"""What reads share: two times, waiting for one's own write, pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypeVar

from fastapi import Depends, Header, Query, Request
from helmlog_events.values import Instant
from pydantic import BaseModel, ConfigDict

from helmlog_web.cursors import decode_cursor, encode_cursor
from helmlog_web.headers import MAX_BIGINT, MIN_SEQ, etag
from helmlog_web.position import ReadPosition
from helmlog_web.problems import Problem

__all__ = [
    "DEFAULT_LIMIT",
    "MAX_LIMIT",
    "AsOf",
    "AsOfQuery",
    "Cursor",
    "Limit",
    "Page",
    "as_of",
    "decode_cursor",
    "encode_cursor",
    "etag",
    "min_seq",
]

Item = TypeVar("Item")

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 500
PATIENCE: Final = 2.0
"""Seconds a read waits for its read model."""

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items a page holds.")]
Cursor = Annotated[
    str | None, Query(max_length=2048, description="`next_cursor` of the page before.")
]


@dataclass(frozen=True, slots=True)
class AsOf:
    """Two times: when it was true, and what was known by then. None is now."""

    valid_at: Instant | None = None
    known_at: Instant | None = None


async def as_of(
    valid_at: Annotated[Instant | None, Query(description="As it was true then.")] = None,
    known_at: Annotated[Instant | None, Query(description="As it was known then.")] = None,
) -> AsOf:
    return AsOf(valid_at, known_at)


AsOfQuery = Annotated[AsOf, Depends(as_of)]


async def min_seq(
    request: Request,
    seq: Annotated[
        int | None,
        Header(
            alias=MIN_SEQ,
            ge=0,
            le=MAX_BIGINT,
            description="`Helmlog-Seq` of a write that this read must show.",
        ),
    ] = None,
) -> None:
    """Waits until the read models have seen `seq` of the own log; raises a 503 `Problem` if not."""
    if seq is None:
        return
    position: ReadPosition = request.app.state.read_position
    if not await position.reaches(seq, PATIENCE):
        raise Problem(
            503,
            "read-model-behind",
            "The read model has not seen that write yet",
            f"It stands at {position.seen}, not at {seq}.",
            headers={"Retry-After": "1"},
            seq=position.seen,
        )


class Page(BaseModel, Generic[Item]):
    """A page of a list; `next_cursor` is null on the last one."""

    model_config = ConfigDict(frozen=True)

    items: list[Item]
    next_cursor: str | None = None
