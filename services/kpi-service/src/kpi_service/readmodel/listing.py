"""Lists of KPIs and their trees: now by the read model's columns, as of a moment by folding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import gt, lt
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kpi_service.domain.kpi.tree import Member, Node, tree_of
from kpi_service.readmodel.filters import (
    KPIFilter,
    Place,
    Sort,
    after,
    is_descending,
    ordered,
    place_of,
)
from kpi_service.readmodel.judged import judge_current
from kpi_service.readmodel.listed import FoldedKPI, ListedKPI, NamedKPI, fold_row, named
from kpi_service.readmodel.measured import measurement_of, measurements
from kpi_service.readmodel.moments import UNMEASURED, Measurement, Moment
from kpi_service.readmodel.tables import kpi_state, kpis

_AT_LEAST: Final = 100
"""Rows read at a time where not all that are read are shown."""


@dataclass(frozen=True, slots=True)
class Listing:
    engine: AsyncEngine

    async def list_kpis(
        self,
        tenant: str,
        asked: KPIFilter,
        sort: Sort,
        moment: Moment,
        last: Place | None,
        limit: int,
    ) -> list[ListedKPI]:
        """Up to `limit` KPIs after `last`, as they were at `moment`."""
        async with self.engine.connect() as sql:
            if moment.is_now:
                return await _list_now(sql, tenant, asked, sort, moment, last, limit)
            return await _list_then(sql, tenant, asked, sort, moment, last, limit)

    async def tree(
        self, tenant: str, root: UUID, moment: Moment, deepest: int | None, start: int, limit: int
    ) -> list[tuple[Node, ListedKPI]]:
        """Nodes `start..start + limit` of the tree below `root`; empty if that is not shown yet."""
        async with self.engine.connect() as sql:
            if moment.is_now:
                members = [Member(*row) for row in await sql.execute(_members(tenant))]
                page = tree_of(root, members, deepest)[start : start + limit]
                query = _now(tenant).where(kpis.c.kpi_id.in_([node.kpi_id for node in page]))
                found = {row.kpi_id: _listed_now(row, moment) for row in await sql.execute(query)}
            else:
                folded = await _fold_all(sql, tenant, moment)
                members = [_member(one) for one in folded.values()]
                page = tree_of(root, members, deepest)[start : start + limit]
                chosen = [folded[node.kpi_id] for node in page if node.kpi_id in folded]
                listed = await _measure(sql, tenant, chosen, folded, moment)
                found = {one.kpi.definition.kpi_id: one for one in listed}
        return [(node, found[node.kpi_id]) for node in page if node.kpi_id in found]


async def _list_now(
    sql: AsyncConnection,
    tenant: str,
    asked: KPIFilter,
    sort: Sort,
    moment: Moment,
    last: Place | None,
    limit: int,
) -> list[ListedKPI]:
    # What depends on the moment, such as health, is no column: it is asked row by row.
    at_once = max(limit, _AT_LEAST) if asked.health or asked.retired is not None else limit
    query = _now(tenant).where(*asked.conditions()).order_by(*ordered(sort)).limit(at_once)
    found: list[ListedKPI] = []
    while True:
        page = query if last is None else query.where(after(sort, last))
        rows = (await sql.execute(page)).all()
        listed = [_listed_now(row, moment) for row in rows]
        found.extend(one for one in listed if _is_asked_for(one, asked, moment))
        if len(found) >= limit or len(rows) < at_once:
            return found[:limit]
        last = place_of(listed[-1].kpi, sort)


async def _list_then(
    sql: AsyncConnection,
    tenant: str,
    asked: KPIFilter,
    sort: Sort,
    moment: Moment,
    last: Place | None,
    limit: int,
) -> list[ListedKPI]:
    folded = await _fold_all(sql, tenant, moment)
    descending = is_descending(sort)
    chosen = sorted(
        (one for one in folded.values() if asked.describes(one.kpi, moment.at)),
        key=lambda one: place_of(one.kpi, sort),
        reverse=descending,
    )
    if last is not None:
        beyond = lt if descending else gt
        chosen = [one for one in chosen if beyond(place_of(one.kpi, sort), last)]
    if asked.health is None:
        chosen = chosen[:limit]
    listed = await _measure(sql, tenant, chosen, folded, moment)
    return [one for one in listed if _is_asked_for(one, asked, moment)][:limit]


async def _fold_all(sql: AsyncConnection, tenant: str, moment: Moment) -> dict[UUID, FoldedKPI]:
    """Every KPI of the tenant as it was: what it is found by has changed since."""
    rows = await sql.execute(select(kpis).where(kpis.c.tenant == tenant))
    folded = {row.kpi_id: fold_row(row, moment) for row in rows}
    return {kpi_id: one for kpi_id, one in folded.items() if one is not None}


async def _measure(
    sql: AsyncConnection,
    tenant: str,
    chosen: Sequence[FoldedKPI],
    folded: Mapping[UUID, FoldedKPI],
    moment: Moment,
) -> list[ListedKPI]:
    ids = [one.kpi.definition.kpi_id for one in chosen]
    measured = await measurements(sql, tenant, ids, moment)
    return [
        ListedKPI(*one, measured.get(kpi_id, UNMEASURED), _parent_then(one, folded))
        for kpi_id, one in zip(ids, chosen, strict=True)
    ]


def _now(tenant: str) -> Select[Any]:
    parents = kpis.alias("parents")
    return (
        select(
            kpis,
            kpi_state.c.value,
            kpi_state.c.observed_at,
            kpi_state.c.threshold,
            parents.c.slug.label("parent_slug"),
            parents.c.name.label("parent_name"),
        )
        .select_from(
            kpis.outerjoin(
                kpi_state,
                and_(kpi_state.c.tenant == kpis.c.tenant, kpi_state.c.kpi_id == kpis.c.kpi_id),
            ).outerjoin(
                parents,
                and_(parents.c.tenant == kpis.c.tenant, parents.c.kpi_id == kpis.c.parent_id),
            )
        )
        .where(kpis.c.tenant == tenant)
    )


def _members(tenant: str) -> Select[Any]:
    return select(kpis.c.kpi_id, kpis.c.parent_id, kpis.c.folded_name).where(
        kpis.c.tenant == tenant, kpis.c.parent_id.is_not(None)
    )


def _listed_now(row: Row[Any], moment: Moment) -> ListedKPI:
    folded = fold_row(row, moment)
    if folded is None:
        raise TypeError(f"the row of {row.kpi_id} begins with no definition")
    measured: Measurement = UNMEASURED if row.threshold is None else measurement_of(row)
    parent = None
    if row.parent_slug is not None:
        parent = NamedKPI(row.parent_id, row.parent_slug, row.parent_name)
    return ListedKPI(*folded, measured, parent)


def _parent_then(one: FoldedKPI, folded: Mapping[UUID, FoldedKPI]) -> NamedKPI | None:
    parent_id = one.kpi.definition.parent_id
    return None if parent_id is None else named(folded[parent_id].kpi)


def _member(one: FoldedKPI) -> Member:
    definition = one.kpi.definition
    return Member(definition.kpi_id, definition.parent_id, definition.name.casefold())


def _is_asked_for(one: ListedKPI, asked: KPIFilter, moment: Moment) -> bool:
    return asked.describes(one.kpi, moment.at) and (
        asked.health is None
        or judge_current(one.kpi, one.measurement, moment.at).health == asked.health
    )
