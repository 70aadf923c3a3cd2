"""From events to rows. What a stream created is written before what the same stream changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helmlog_events.contracts import alignment, kpi, okr
from helmlog_events.envelope import SourcedEvent
from helmlog_events.pipeline.write import insert_rows
from sqlalchemy import Table, and_, bindparam, delete, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alignment_service.readmodel import tables

Rows = list[dict[str, Any]]

OKR = frozenset({"okr"})
KPI = frozenset({"kpi"})
OWN = frozenset({"alignment"})


class NodesProjection:
    """Objectives and key results, and where their progress stands."""

    name = "alignment_nodes"
    sources = OKR
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
                    cycles.append(tenant | event.model_dump(include={"cycle_id", "name"}))
                case okr.ObjectiveDrafted() as event:
                    objectives.append(tenant | _objective(event))
                case okr.KeyResultAdded() as event:
                    key_results.append(tenant | _key_result(event))
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


class LinksProjection:
    """The links that stand."""

    name = "alignment_links"
    sources = OWN
    tables: Sequence[Table] = (tables.links,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        added: Rows = []
        removed: Rows = []
        for _, record in events:
            match record.event:
                case alignment.LinkAdded() as event:
                    added.append(
                        {
                            "tenant": record.tenant,
                            "link_id": event.link_id,
                            "kind": event.kind,
                            "source_id": event.source.id,
                            "target_type": event.target.type,
                            "target_id": event.target.id,
                            "weight": event.weight,
                        }
                    )
                case alignment.LinkRemoved() as event:
                    removed.append({"of_tenant": record.tenant, "of": event.link_id})
        await insert_rows(sql, tables.links, added)
        if removed:
            await sql.execute(_REMOVE_LINK, removed)


_REMOVE_LINK = delete(tables.links).where(
    and_(
        tables.links.c.tenant == bindparam("of_tenant"),
        tables.links.c.link_id == bindparam("of"),
    )
)


class BreachesProjection:
    """The breaches of every KPI, bound or not: a binding may come later than the breach."""

    name = "alignment_breaches"
    sources = KPI
    tables: Sequence[Table] = (tables.breaches,)

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        opened: Rows = []
        changed: Rows = []
        for _, record in events:
            match record.event:
                case kpi.KPIThresholdBreached() as event:
                    shown = {"breach_id", "kpi_id", "severity", "opened_at"}
                    opened.append(
                        event.model_dump(include=shown)
                        | {
                            "tenant": record.tenant,
                            "breached_at": record.occurred_at,
                            "recovered": False,
                        }
                    )
                case kpi.KPIThresholdEscalated() | kpi.KPIThresholdRecovered() as event:
                    changed.append(
                        {
                            "of_tenant": record.tenant,
                            "of": event.breach_id,
                            "severity": event.severity,
                            "recovered": isinstance(event, kpi.KPIThresholdRecovered),
                        }
                    )
        await insert_rows(sql, tables.breaches, opened)
        if changed:
            await sql.execute(_CHANGE_BREACH, changed)


_CHANGE_BREACH = (
    update(tables.breaches)
    .where(
        tables.breaches.c.tenant == bindparam("of_tenant"),
        tables.breaches.c.breach_id == bindparam("of"),
    )
    .values(severity=bindparam("severity"), recovered=bindparam("recovered"))
)


class RisksProjection:
    """Which objective is, or was, at risk through which breach."""

    name = "alignment_risks"
    sources = OWN
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

PROJECTIONS = (
    NodesProjection(),
    LinksProjection(),
    BreachesProjection(),
    RisksProjection(),
)
