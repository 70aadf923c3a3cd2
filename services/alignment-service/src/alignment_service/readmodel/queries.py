"""What the API asks the read model; every query is of one tenant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from helmlog_events.contracts.alignment import LinkKind
from helmlog_events.pipeline.follower import OWN_LOG
from sqlalchemy import Row, and_, literal, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncEngine

from alignment_service.domain.course import Course
from alignment_service.domain.nodes import KnownNode
from alignment_service.readmodel.tables import cycles, key_results, links, objectives


class NodeQueries:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, tenant: str, nodes: Sequence[UUID]) -> Mapping[UUID, KnownNode]:
        """Those of `nodes` that okr-service has told of so far."""
        wanted = [*nodes]
        found = union_all(
            select(
                objectives.c.objective_id.label("node_id"),
                literal("objective").label("type"),
                objectives.c.objective_id,
                objectives.c.cycle_id,
            ).where(objectives.c.tenant == tenant, objectives.c.objective_id.in_(wanted)),
            select(
                key_results.c.key_result_id,
                literal("key_result"),
                key_results.c.objective_id,
                key_results.c.cycle_id,
            ).where(key_results.c.tenant == tenant, key_results.c.key_result_id.in_(wanted)),
        ).subquery("found")
        of_cycle = and_(cycles.c.tenant == tenant, cycles.c.cycle_id == found.c.cycle_id)
        statement = select(found, cycles.c.starts_at, cycles.c.ends_at).outerjoin_from(
            found, cycles, of_cycle
        )
        async with self._engine.connect() as sql:
            return {row.node_id: _known(row) for row in await sql.execute(statement)}

    async def has_cycle(self, tenant: str, cycle_id: UUID) -> bool:
        statement = select(cycles.c.cycle_id).where(
            cycles.c.tenant == tenant, cycles.c.cycle_id == cycle_id
        )
        async with self._engine.connect() as sql:
            return (await sql.execute(statement)).first() is not None


def _known(row: Row[Any]) -> KnownNode:
    course = None if row.starts_at is None else Course(row.starts_at, row.ends_at)
    return KnownNode(row.type, row.objective_id, row.cycle_id, course)


class LinkQueries:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(
        self,
        tenant: str,
        *,
        kind: LinkKind | None,
        source: UUID | None,
        target: UUID | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[Row[Any]]:
        """Links in the order of their ids, which is that of their making."""
        statement = (
            select(links).where(links.c.tenant == tenant).order_by(links.c.link_id).limit(limit)
        )
        if kind is not None:
            statement = statement.where(links.c.kind == kind)
        if source is not None:
            statement = statement.where(links.c.source_id == source)
        if target is not None:
            statement = statement.where(links.c.target_id == target)
        if after is not None:
            statement = statement.where(links.c.link_id > after)
        async with self._engine.connect() as sql:
            return (await sql.execute(statement)).all()


async def read_position(engine: AsyncEngine) -> int:
    """The last seq of the own log that the read models have seen."""
    async with engine.connect() as sql:
        position = await sql.scalar(
            text("SELECT next_offset FROM consumer_positions WHERE consumer = :own"),
            {"own": OWN_LOG},
        )
    return int(position or 0)
