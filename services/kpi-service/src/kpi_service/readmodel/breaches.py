"""Breaches and silences of a tenant, as of any moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import eq, ge, le, lt
from typing import Any, Final
from uuid import UUID

from helmlog_events.contracts.kpi import Severity
from helmlog_events.envelope import RecordedEvent
from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.connections import driver
from helmlog_events.store.postgres.rows import COLUMNS
from sqlalchemy import Column, ColumnElement, Select, and_, exists, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kpi_service.domain.breach.state import Open, Over, Standing, Withdrawn
from kpi_service.readmodel.moments import Moment
from kpi_service.readmodel.stories import BreachStory, Entry, Kind, StoryState, tell
from kpi_service.readmodel.tables import breach_entries, breach_episodes, breach_heads, kpis

_AT_ONCE: Final = 500
_SAID: Final = (
    f"SELECT {COLUMNS} FROM event_log WHERE tenant = $1 AND stream = ANY($2::text[])"
    " AND coalesce(data->>'breach_id', data->>'silence_id') = $3 ORDER BY seq"
)
_ENTRIES: Final = (
    f"SELECT {COLUMNS}, told.breach_id FROM event_log JOIN (SELECT breach_id, seq"
    " FROM breach_entries WHERE tenant = $1 AND breach_id = ANY($2::uuid[])) AS told USING (seq)"
    " ORDER BY seq"
)


@dataclass(frozen=True, slots=True)
class BreachFilter:
    """None narrows nothing. `since` and `before` bound the opening as it was first told."""

    kpi_id: UUID | None = None
    kind: Kind | None = None
    severity: Severity | None = None
    state: StoryState | None = None
    acknowledged: bool | None = None
    silenced: bool | None = None
    owner: str | None = None
    since: datetime | None = None
    before: datetime | None = None

    def admits(self, story: BreachStory, moment: datetime) -> bool:
        """What only the story can tell; without a `state`, what was withdrawn is left out."""
        if self.state is None:
            if story.state == "withdrawn":
                return False
        elif story.state != self.state:
            return False
        if self.severity is not None and story.severity != self.severity:
            return False
        if self.acknowledged is not None and self.acknowledged != (story.acknowledged is not None):
            return False
        return self.silenced is None or self.silenced == story.is_silenced_at(moment)


@dataclass(frozen=True, slots=True)
class Breaches:
    engine: AsyncEngine

    async def find(self, tenant: str, breach_id: UUID) -> Standing | None:
        """How the breach, or the silence, stands by now; None if there is none.

        A breach is there as soon as it was announced, for ingestion keeps it with its readings.
        What was withdrawn, and a silence, is found once the read model has it.
        """
        kept, heads = breach_episodes.c, breach_heads.c
        episode = select(kept.kpi_id, kept.recovered_at).where(
            kept.tenant == tenant, kept.breach_id == breach_id
        )
        head = select(heads.kpi_id, heads.kind, heads.state, heads.merged_into).where(
            heads.tenant == tenant, heads.breach_id == breach_id
        )
        async with self.engine.connect() as sql:
            if (told := (await sql.execute(episode)).one_or_none()) is not None:
                over = told.recovered_at is not None
                return (Over if over else Open)(breach_id, told.kpi_id)
            row = (await sql.execute(head)).one_or_none()
        if row is None:
            return None
        if row.kind == "threshold":
            # Whatever the read model has of it yet: what was told and is not kept was withdrawn.
            return Withdrawn(breach_id, row.kpi_id, row.merged_into)
        return (Open if row.state == "open" else Over)(breach_id, row.kpi_id)

    async def said(self, tenant: str, breach: Standing) -> Sequence[Entry]:
        """What readings, or the lack of them, told of it by now: never stale.

        It goes through all that was told of the KPI's breaches; `entries` finds its own at once.
        """
        streams = [stream_id(kind, breach.kpi_id) for kind in ("kpi_breach", "kpi_silence")]
        async with self.engine.connect() as sql:
            rows = await (await driver(sql)).fetch(_SAID, tenant, streams, str(breach.breach_id))
        return [Entry.of(RecordedEvent._make(row)) for row in rows]

    async def entries(self, tenant: str, breach_id: UUID) -> Sequence[Entry]:
        """What was told of it, in order."""
        async with self.engine.connect() as sql:
            return (await _entries(sql, tenant, [breach_id])).get(breach_id, ())

    async def list(
        self,
        tenant: str,
        wanted: BreachFilter,
        moment: Moment,
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[BreachStory]:
        """Up to `limit`, in the order of their opening as it was first told."""
        found: list[BreachStory] = []
        async with self.engine.connect() as sql:
            while len(found) < limit:
                at_once = min(_AT_ONCE, 2 * limit)
                heads = (await sql.execute(_heads(tenant, wanted, moment, after, at_once))).all()
                entries = await _entries(sql, tenant, [one.breach_id for one in heads])
                for head in heads:
                    story = tell(entries.get(head.breach_id, ()), moment.valid_at, moment.known_at)
                    if story is not None and wanted.admits(story, moment.at):
                        found.append(story)
                if len(heads) < at_once:
                    break
                after = (heads[-1].opened_at, heads[-1].breach_id)
        return found[:limit]


async def open_severities(
    sql: AsyncConnection, tenant: str, kpi_ids: Collection[UUID], moment: Moment
) -> dict[UUID, Severity]:
    """How grave the breach is that was open at `moment`, of each KPI that had one."""
    columns = breach_heads.c
    query = select(columns.breach_id).where(
        columns.tenant == tenant,
        columns.kpi_id.in_(kpi_ids),
        columns.kind == "threshold",
        *_perhaps_open(moment),
    )
    entries = await _entries(sql, tenant, (await sql.scalars(query)).all())
    told = [tell(one, moment.valid_at, moment.known_at) for one in entries.values()]
    stories = [one for one in told if one is not None and one.state == "open"]
    return {
        one.kpi_id: one.severity
        for one in sorted(stories, key=lambda one: (one.opened_at, one.id))
        if one.severity is not None
    }


def _perhaps_open(moment: Moment) -> list[ColumnElement[bool]]:
    """By what is known by now, and not, of what changed since `known_at`."""
    columns = breach_heads.c
    lasts: ColumnElement[bool] = columns.recovered_at.is_(None)
    if moment.valid_at is not None:
        lasts |= columns.recovered_at > moment.valid_at
    lasts &= columns.state != "withdrawn"
    conditions: list[ColumnElement[bool]] = []
    if moment.valid_at is not None:
        conditions.append(columns.earliest_at <= moment.valid_at)
    if moment.known_at is not None:
        conditions.append(columns.announced_at <= moment.known_at)
        lasts |= columns.told_at > moment.known_at
    return [*conditions, lasts]


def _heads(
    tenant: str,
    wanted: BreachFilter,
    moment: Moment,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Select[Any]:
    """All that could be wanted, and what is not as far as rows can tell it."""
    columns = breach_heads.c
    place = (columns.opened_at, columns.breach_id)
    query = select(*place).where(columns.tenant == tenant).order_by(*place).limit(limit)
    if wanted.owner is not None:
        of_kpi = and_(kpis.c.tenant == columns.tenant, kpis.c.kpi_id == columns.kpi_id)
        query = query.join_from(breach_heads, kpis, of_kpi).where(kpis.c.owner == wanted.owner)
    if after is not None:
        query = query.where(tuple_(*place) > after)
    return query.where(*_conditions(wanted, moment))


def _conditions(wanted: BreachFilter, moment: Moment) -> list[ColumnElement[bool]]:
    columns = breach_heads.c
    compared: list[tuple[Column[Any], Callable[[Any, Any], ColumnElement[bool]], object]] = [
        (columns.kpi_id, eq, wanted.kpi_id),
        (columns.kind, eq, wanted.kind),
        (columns.opened_at, ge, wanted.since),
        (columns.opened_at, lt, wanted.before),
        (columns.earliest_at, le, moment.valid_at),
        (columns.announced_at, le, moment.known_at),
    ]
    if moment.is_now:
        compared.append((columns.severity, eq, wanted.severity))
        compared.append((columns.state, eq, wanted.state))
    conditions = [
        compare(column, value) for column, compare, value in compared if value is not None
    ]
    if wanted.acknowledged:
        conditions.append(_was("KPIThresholdAcknowledged"))
    if wanted.silenced:
        conditions.append(_was("KPIBreachSilenced", breach_entries.c.silenced_until > moment.at))
    return conditions


def _was(event_type: str, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether something of the kind was ever done about a breach."""
    return exists().where(
        breach_entries.c.tenant == breach_heads.c.tenant,
        breach_entries.c.breach_id == breach_heads.c.breach_id,
        breach_entries.c.type == event_type,
        *more,
    )


async def _entries(
    sql: AsyncConnection, tenant: str, breach_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[Entry]]:
    found: dict[UUID, list[Entry]] = defaultdict(list)
    if breach_ids:
        for row in await (await driver(sql)).fetch(_ENTRIES, tenant, breach_ids):
            *columns, told_of = row
            found[UUID(int=told_of.int)].append(Entry.of(RecordedEvent._make(columns)))
    return found
