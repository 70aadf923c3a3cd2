from __future__ import annotations

from uuid import UUID

from okr_service.domain.refusals import Refusal


class UnknownImport(Refusal):
    def __init__(self, import_id: UUID) -> None:
        super().__init__(import_id)
