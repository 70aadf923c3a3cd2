from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from helmlog_events.contracts.okr import ImportCounts
from helmlog_events.tables.reading import Rejected
from helmlog_events.values import Instant
from helmlog_web.schemas import ResponseModel
from pydantic import Field

from okr_service.api.errors import REFUSALS
from okr_service.domain.imports.plan import Plan
from okr_service.domain.imports.report import NoteCode


class CountsResponse(ResponseModel):
    objectives: int
    key_results: int
    check_ins: int
    grades: int


class RejectedRowResponse(ResponseModel):
    row: int = Field(description="Counted from 1, the header left out.")
    reason: str
    column: str | None


class NoteResponse(ResponseModel):
    row: int | None = Field(description="None for a note on the whole file.")
    code: NoteCode
    detail: str


class ImportResponse(ResponseModel):
    import_id: UUID | None = Field(description="None where nothing was recorded.")
    cycle_id: UUID
    dry_run: bool
    rows: int
    created: CountsResponse
    updated: CountsResponse
    unchanged: CountsResponse
    rejected: list[RejectedRowResponse]
    notes: list[NoteResponse]


class ListedImportResponse(ResponseModel):
    id: UUID
    cycle_id: UUID
    digest: str = Field(description="SHA-256 of the file, in hex.")
    rows: int
    rejected: int
    created: CountsResponse
    updated: CountsResponse
    actor: str
    recorded_at: Instant


def import_response(
    plan: Plan, cycle_id: UUID, import_id: UUID | None, *, dry_run: bool
) -> ImportResponse:
    return ImportResponse(
        import_id=import_id,
        cycle_id=cycle_id,
        dry_run=dry_run,
        rows=plan.rows,
        created=_counts(plan.created),
        updated=_counts(plan.updated),
        unchanged=_counts(plan.unchanged),
        rejected=[_rejected(one) for one in plan.rejected],
        notes=[NoteResponse(row=n.row, code=n.code, detail=n.detail) for n in plan.notes],
    )


def listed_import_response(row: Any) -> ListedImportResponse:
    return ListedImportResponse(
        id=row.import_id,
        cycle_id=row.cycle_id,
        digest=row.digest,
        rows=row.rows,
        rejected=row.rejected,
        created=CountsResponse(**row.created),
        updated=CountsResponse(**row.updated),
        actor=row.actor,
        recorded_at=row.recorded_at,
    )


def listed_import_responses(rows: Sequence[Any]) -> list[ListedImportResponse]:
    return [listed_import_response(row) for row in rows]


def _counts(counts: ImportCounts) -> CountsResponse:
    return CountsResponse(**counts.model_dump())


def _rejected(one: Rejected) -> RejectedRowResponse:
    if isinstance(one.reason, str):
        return RejectedRowResponse(row=one.row, reason=one.reason, column=one.column)
    problem = REFUSALS[type(one.reason)](one.reason)
    reason = problem.detail or problem.title
    return RejectedRowResponse(row=one.row, reason=reason, column=one.column)
