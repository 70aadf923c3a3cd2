from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helmlog_events.contracts import alignment
from helmlog_events.envelope import SourcedEvent
from helmlog_events.pipeline.write import insert_rows
from sqlalchemy import Table, and_, bindparam, delete
from sqlalchemy.ext.asyncio import AsyncConnection

from alignment_service.readmodel import tables

Rows = list[dict[str, Any]]


class LinksProjection:
    """The links that stand."""

    name = "alignment_links"
    sources = frozenset({"alignment"})
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
                            "target_objective_id": event.target_objective_id,
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
