from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from helmlog_events.contracts import alignment
from helmlog_events.envelope import SourcedEvent
from helmlog_events.pipeline.write import upsert_rows
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from alignment_service.readmodel import tables
from alignment_service.readmodel.projections.changes import Changes


class RisksProjection:
    """Which objective is, or was, at risk through which breach."""

    name = "alignment_risks"
    sources = frozenset({"alignment"})
    tables: Sequence[Table] = (tables.risks,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        raised: dict[tuple[str, UUID, UUID], dict[str, Any]] = {}
        standing = Changes(tables.risks)
        for _, record in events:
            match record.event:
                case alignment.ObjectiveAtRisk() as event:
                    key = (record.tenant, event.objective_id, event.breach_id)
                    facts = event.model_dump(exclude={"cycle_id", "cause"})
                    raised[key] = facts | {"tenant": record.tenant, "cleared": False}
                case alignment.RiskCleared() as event:
                    key = (record.tenant, event.objective_id, event.breach_id)
                    if key in raised:
                        raised[key]["cleared"] = True
                    else:
                        standing.set(*key, cleared=True)
        await standing.write(sql)
        # After it: what was cleared before it was raised anew is a row here.
        await upsert_rows(sql, tables.risks, [*raised.values()])
