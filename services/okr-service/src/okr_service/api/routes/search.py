from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from helmlog_web.reads import Cursor, Limit, Page, decode_cursor, encode_cursor
from helmlog_web.text import is_storable
from pydantic import AfterValidator

from okr_service.api.dependencies import Reader, UsedCut, UsedServices, seen
from okr_service.api.schemas.search import HitResponse, SearchedType, hit_response
from okr_service.readmodel.search import SearchFilter

router = APIRouter(prefix="/v1/search", tags=["search"])


def _storable(words: str) -> str:
    if not is_storable(words):
        raise ValueError("no text holds NUL or lone surrogates")
    return words


Words = Annotated[
    str,
    Query(
        min_length=1,
        max_length=1_000,
        description='As people search the web: words, "a phrase", -without, or.',
    ),
    AfterValidator(_storable),
]


@router.get("", dependencies=[seen])
async def search(
    principal: Reader,
    cut: UsedCut,
    services: UsedServices,
    q: Words,
    cycle_id: Annotated[UUID | None, Query()] = None,
    type: Annotated[SearchedType | None, Query()] = None,  # noqa: A002 - the parameter's name
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[HitResponse]:
    """The best first: what is in a title counts more than what is in a text.

    Words are those of the moment: what was renamed is found by its old title in the past only.
    """
    after = None if cursor is None else decode_cursor(cursor, int, int)
    found = await services.search.find(
        principal.tenant,
        q,
        SearchFilter(cycle_id, type),
        cut,
        after=after,
        limit=limit + 1,
    )
    more = len(found) > limit
    return Page(
        items=[hit_response(hit) for hit in found[:limit]],
        next_cursor=encode_cursor([found[limit - 1].score, found[limit - 1].seq]) if more else None,
    )
