from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helmlog_events.contracts import alignment
from helmlog_events.envelope import SourcedEvent
from helmlog_events.pipeline.write import insert_rows
from sqlalchemy import Table, bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alignment_service.readmodel import tables

Rows = list[dict[str, Any]]


class RisksProjection:
    """Which objective is, or was, at risk through which breach."""

    name = "alignment_risks"
    sources = frozenset({"alignment"})
    tables: Sequence[Table] = (tables.risks,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        raised: Rows = []
        cleared: Rows = []
        for _, record in events:
            match record.event:
                case alignment.ObjectiveAtRisk() as event:
                    raised.append(
                        event.model_dump(exclude={"cycle_id", "cause"})
                        | {"tenant": record.tenant, "cleared": False}
                    )
                case alignment.RiskCleared() as event:
                    cleared.append(
                        {
                            "of_tenant": record.tenant,
                            "of": event.objective_id,
                            "through": event.breach_id,
                        }
                    )
        await insert_rows(sql, tables.risks, raised)
        if cleared:
            await sql.execute(_CLEAR_RISK, cleared)


_CLEAR_RISK = (
    update(tables.risks)
    .where(
        tables.risks.c.tenant == bindparam("of_tenant"),
        tables.risks.c.objective_id == bindparam("of"),
        tables.risks.c.breach_id == bindparam("through"),
    )
    .values(cleared=True)
)
