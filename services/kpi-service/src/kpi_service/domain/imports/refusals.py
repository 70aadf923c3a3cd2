from __future__ import annotations

from uuid import UUID

from kpi_service.domain.kpi.refusals import Refusal


class UnknownImport(Refusal):
    def __init__(self, import_id: UUID) -> None:
        super().__init__(f"There is no import {import_id}.")
