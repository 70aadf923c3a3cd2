from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helmlog_events.contracts import okr
from helmlog_events.envelope import SourcedEvent
from helmlog_events.pipeline.write import insert_rows
from sqlalchemy import Table, bindparam, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alignment_service.domain.course import create_course
from alignment_service.readmodel import tables

Rows = list[dict[str, Any]]


class NodesProjection:
    """Objectives and key results, and where their progress stands."""

    name = "alignment_nodes"
    sources = frozenset({"okr"})
    tables: Sequence[Table] = (tables.cycles, tables.objectives, tables.key_results)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        cycles: Rows = []
        objectives: Rows = []
        key_results: Rows = []
        closed: Rows = []
        measured: Rows = []
        for _, record in events:
            tenant = {"tenant": record.tenant}
            match record.event:
                case okr.CycleOpened() as event:
                    cycles.append(tenant | _cycle(event))
                case okr.ObjectiveDrafted() as event:
                    objectives.append(tenant | _objective(event))
                case okr.KeyResultAdded() as event:
                    told = {"added_at": record.occurred_at, "recorded_at": record.recorded_at}
                    key_results.append(tenant | _key_result(event) | told)
                case okr.ObjectiveClosed() as event:
                    closed.append({"of_tenant": record.tenant, "of": event.objective_id})
                case okr.KeyResultUpdated() as event:
                    measured.append(
                        {
                            "of_tenant": record.tenant,
                            "of": event.key_result_id,
                            "progress": event.progress,
                            "status": event.status,
                            "measured_at": record.occurred_at,
                            "measured_seq": record.seq,
                        }
                    )
        await insert_rows(sql, tables.cycles, cycles)
        await insert_rows(sql, tables.objectives, objectives)
        await insert_rows(sql, tables.key_results, key_results)
        if closed:
            await sql.execute(_CLOSE_OBJECTIVE, closed)
        if measured:
            await sql.execute(_MEASURE, measured)


def _cycle(event: okr.CycleOpened) -> dict[str, Any]:
    course = create_course(event.starts_on, event.ends_on, event.timezone)
    return event.model_dump(include={"cycle_id", "name"}) | {
        "starts_at": course.starts_at,
        "ends_at": course.ends_at,
    }


def _objective(event: okr.ObjectiveDrafted) -> dict[str, Any]:
    shown = {"objective_id", "cycle_id", "title", "level", "team", "owner"}
    return event.model_dump(include=shown) | {"closed": False}


def _key_result(event: okr.KeyResultAdded) -> dict[str, Any]:
    shown = {"key_result_id", "objective_id", "cycle_id", "title", "weight", "kpi_id"}
    return event.model_dump(include=shown)


_CLOSE_OBJECTIVE = (
    update(tables.objectives)
    .where(
        tables.objectives.c.tenant == bindparam("of_tenant"),
        tables.objectives.c.objective_id == bindparam("of"),
    )
    .values(closed=True)
)

# A late value for an earlier time is history; it doesn't replace what holds now.
_MEASURE = (
    update(tables.key_results)
    .where(
        tables.key_results.c.tenant == bindparam("of_tenant"),
        tables.key_results.c.key_result_id == bindparam("of"),
        or_(
            tables.key_results.c.measured_at.is_(None),
            tables.key_results.c.measured_at <= bindparam("measured_at"),
        ),
    )
    .values(
        progress=bindparam("progress"),
        status=bindparam("status"),
        measured_at=bindparam("measured_at"),
        measured_seq=bindparam("measured_seq"),
    )
)
