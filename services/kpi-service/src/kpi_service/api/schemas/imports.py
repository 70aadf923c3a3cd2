from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal
from uuid import UUID

from helmlog_events.contracts.kpi import Direction, Period
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import ResponseModel
from pydantic import Field

from kpi_service.application.imports import PlannedImport
from kpi_service.domain.imports.phrases import Comparison, TargetPhrase
from kpi_service.domain.imports.plan import NoteCode, PlannedRow


class UnderstoodTargetResponse(ResponseModel):
    """What was read out of a target's words; `left_over` are those nothing was made of."""

    number: Number
    upper: Number | None
    comparison: Comparison | None
    direction: Direction | None
    inclusive: bool
    unit: str | None
    rate: str | None
    period: Period | None
    of: str | None = Field(description="What a share is a share of.")
    statistic: str | None
    left_over: list[str]


class ImportNoteResponse(ResponseModel):
    code: NoteCode
    detail: str


class ImportedRowResponse(ResponseModel):
    row: int = Field(description="Counted from 1, the header left out.")
    kpi_id: UUID
    slug: str
    outcome: Literal["created", "revised", "unchanged"]
    phrase: str | None
    target: UnderstoodTargetResponse | None
    notes: list[ImportNoteResponse]


class RejectedImportRowResponse(ResponseModel):
    row: int
    reason: str
    column: str | None


class ImportResponse(ResponseModel):
    import_id: UUID | None = Field(description="None where nothing was recorded.")
    dry_run: bool
    created: int
    revised: int
    unchanged: int
    targets_understood: int
    targets_not_understood: int = Field(description="Those left empty are not counted.")
    ignored_columns: list[str]
    rows: list[ImportedRowResponse]
    rejected: list[RejectedImportRowResponse]


class ListedImportResponse(ResponseModel):
    id: UUID
    digest: str = Field(description="SHA-256 of the file, in hex.")
    rows: int
    rejected: int
    created: int
    revised: int
    unchanged: int
    actor: str
    recorded_at: Instant


def listed_import_response(row: Any) -> ListedImportResponse:
    return ListedImportResponse(
        id=row.import_id,
        digest=row.digest,
        rows=row.rows,
        rejected=row.rejected,
        created=row.created,
        revised=row.revised,
        unchanged=row.unchanged,
        actor=row.actor,
        recorded_at=row.recorded_at,
    )


def import_response(
    plan: PlannedImport, ignored: tuple[str, ...], *, dry_run: bool
) -> ImportResponse:
    understood = sum(isinstance(one.row.target, TargetPhrase) for one in plan.rows)
    told = sum(bool(one.row.phrase) for one in plan.rows)
    return ImportResponse(
        import_id=plan.import_id if plan.writes and not dry_run else None,
        dry_run=dry_run,
        created=plan.count("created"),
        revised=plan.count("revised"),
        unchanged=plan.count("unchanged"),
        targets_understood=understood,
        targets_not_understood=told - understood,
        ignored_columns=list(ignored),
        rows=[_row(one) for one in plan.rows],
        rejected=[
            RejectedImportRowResponse(row=one.row, reason=str(one.reason), column=one.column)
            for one in plan.rejected
        ],
    )


def _row(one: PlannedRow) -> ImportedRowResponse:
    return ImportedRowResponse(
        row=one.row.row,
        kpi_id=one.kpi_id,
        slug=one.row.slug,
        outcome=one.outcome,
        phrase=one.row.phrase or None,
        target=_target(one.row.target) if isinstance(one.row.target, TargetPhrase) else None,
        notes=[ImportNoteResponse(code=note.code, detail=note.detail) for note in one.notes],
    )


def _target(target: TargetPhrase) -> UnderstoodTargetResponse:
    said = {**asdict(target), "left_over": list(target.left_over)}
    return UnderstoodTargetResponse(direction=target.direction, inclusive=target.inclusive, **said)
