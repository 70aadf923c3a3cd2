from __future__ import annotations

from okr_service.domain.refusals import Refusal


class StrategyNotStated(Refusal):
    """Nobody has said yet what the organisation is for, or not by that moment."""


class StrategySlugsAlike(Refusal):
    """Values are referred to by slug, and so are pillars: two of a kind can't share one."""

    def __init__(self, slug: str, field: str) -> None:
        super().__init__(slug)
        self.field = field
