from __future__ import annotations

from collections.abc import Sequence

from helmlog_web.schemas import ResponseModel

from okr_service.domain.guidance import Advice


class AdviceResponse(ResponseModel):
    """Guidance, never a wall: what was asked for has been done."""

    code: str
    detail: str


def advice_responses(advice: Sequence[Advice]) -> list[AdviceResponse]:
    return [AdviceResponse(code=item.code, detail=item.detail) for item in advice]
