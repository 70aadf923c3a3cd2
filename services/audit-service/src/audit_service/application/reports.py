from __future__ import annotations

from datetime import datetime
from uuid import UUID

from audit_service.domain.report.fold import fold
from audit_service.domain.report.render import Document, render
from audit_service.domain.report.state import CycleReport
from audit_service.readmodel.history import HistoryQueries


async def report_cycle(
    history: HistoryQueries, tenant: str, cycle_id: UUID, *, valid_at: datetime, known_at: datetime
) -> Document:
    """The cycle as it was true at `valid_at` by what had been recorded at `known_at`."""
    report = CycleReport(valid_at)
    events = history.cut(tenant, cycle_id, valid_at=valid_at, known_at=known_at)
    async for event in events:
        report = fold(report, event, cycle_id)
    return render(report, cycle_id, valid_at=valid_at, known_at=known_at)
