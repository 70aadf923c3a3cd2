"""Which cycle and which KPI an event concerns, by the ids it carries.

Read from the data itself, not through the contracts: the witness keeps what it does not
understand, too. A KPI's events are found through the key results bound to it when they are asked
for, so that a binding counts for what came before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson
from helmlog_events.envelope import SourcedEvent
from helmlog_events.pipeline.write import insert_rows, upsert_rows
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from audit_service.readmodel import tables

SOURCES = frozenset({"okr", "kpi", "alignment", "audit"})


class ConcernsProjection:
    name = "audit_concerns"
    sources = SOURCES
    tables: Sequence[Table] = (tables.cycle_events, tables.kpi_events, tables.bound_kpis)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        of_cycles: list[dict[str, Any]] = []
        of_kpis: list[dict[str, Any]] = []
        bindings: list[dict[str, Any]] = []
        for source, record in events:
            data = orjson.loads(record.data)
            row = {
                "tenant": record.tenant,
                "seq": record.seq,
                "recorded_at": record.recorded_at,
            }
            of_cycles += [
                row | {"source": source, "cycle_id": cycle_id}
                for cycle_id in _ids(data, "cycle_id", "cycle_ids")
            ]
            if source == "kpi":
                of_kpis += [row | {"kpi_id": kpi_id} for kpi_id in _ids(data, "kpi_id", "kpi_ids")]
            if source == "okr":
                bindings += _bindings(record.tenant, record.type, data)
        await insert_rows(sql, tables.cycle_events, of_cycles)
        await insert_rows(sql, tables.kpi_events, of_kpis)
        await upsert_rows(sql, tables.bound_kpis, bindings)


def _ids(data: dict[str, Any], one: str, many: str) -> Iterable[UUID]:
    several = data.get(many)
    found = [data.get(one), *(several if isinstance(several, list) else ())]
    # Each once: both ends of a link may lie in the same cycle.
    return dict.fromkeys(read for value in found if (read := _uuid(value)) is not None)


def _bindings(tenant: str, event_type: str, data: dict[str, Any]) -> list[dict[str, Any]]:
    """A key result is bound when it is added, or by a revision to another KPI."""
    match event_type:
        case "KeyResultAdded":
            definition = data
        case "KeyResultRevised":
            after = data.get("after")
            definition = after if isinstance(after, dict) else {}
        case _:
            return []
    ids = {name: _uuid(data.get(name)) for name in ("cycle_id", "key_result_id")}
    ids["kpi_id"] = _uuid(definition.get("kpi_id"))
    return [{"tenant": tenant, **ids}] if None not in ids.values() else []


def _uuid(value: object) -> UUID | None:
    """None for what is no id: an event is journaled whatever it holds."""
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


PROJECTIONS = (ConcernsProjection(),)
