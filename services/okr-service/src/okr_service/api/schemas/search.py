from __future__ import annotations

from typing import Literal
from uuid import UUID

from helmlog_events.values import Instant
from helmlog_web.schemas import ResponseModel
from pydantic import Field

from okr_service.readmodel.search import Hit

SearchedType = Literal["objective", "key_result", "initiative", "comment", "check_in"]


class FragmentResponse(ResponseModel):
    text: str
    found: bool = Field(description="Whether this is what was searched for.")


class AboutResponse(ResponseModel):
    type: str
    id: UUID


class HitResponse(ResponseModel):
    type: str
    id: UUID
    cycle_id: UUID
    about: AboutResponse = Field(description="What a comment or check-in belongs to; else itself.")
    title: str = Field(description="Empty for comments and check-ins.")
    snippet: list[FragmentResponse] = Field(description="Pieces of the text, in order, unmarked.")
    occurred_at: Instant


def hit_response(hit: Hit) -> HitResponse:
    return HitResponse(
        type=hit.type,
        id=hit.id,
        cycle_id=hit.cycle_id,
        about=AboutResponse(type=hit.about_type, id=hit.about_id),
        title=hit.title,
        snippet=[FragmentResponse(text=piece.text, found=piece.found) for piece in hit.fragments],
        occurred_at=hit.occurred_at,
    )
