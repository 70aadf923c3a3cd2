"""The keys of sources, as the edge knows them: a source may do what the role `ingest` may."""

from __future__ import annotations

import math
from dataclasses import dataclass

from helmlog_events import clock
from helmlog_web.auth import InvalidToken, Principal

from kpi_service.application.source_keys import KeyRefused, SourceKeys
from kpi_service.domain.source.key import PREFIX

_ROLES = frozenset({"ingest"})


@dataclass(frozen=True, slots=True)
class SourceKeyScheme:
    keys: SourceKeys

    @property
    def prefix(self) -> str:
        return PREFIX

    async def __call__(self, token: str) -> Principal:
        try:
            owner = await self.keys.check(token, clock.now())
        except KeyRefused as error:
            raise InvalidToken(str(error)) from error
        return Principal(
            owner.tenant,
            f"source:{owner.source_id}",
            _ROLES,
            expires_at=math.inf,
            key_of=owner.source_id,
        )
