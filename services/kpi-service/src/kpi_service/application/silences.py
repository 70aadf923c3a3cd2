"""Announces that a source is silent, and that it is heard again.

Both are decided in one place, by a look at the KPI that the timer takes: when the time its policy
names is up, and at once when something may have changed. `WatchSources` says when that is. It
reads every batch, policy and retirement off the service's own log, each once and in order, so it
can miss none, and ingestion has nothing to do but its work: an index of the few KPIs that wait for
a reading tells that a batch ends no silence.

When to look stands in `silence_timers`. Ingestion does not touch it: an instant that came is moved
on, many at a time, for KPIs that were heard of since. What is decided rests on the KPI's row, held
against batches meanwhile, and on the streams; so neither two runners nor a restart say it twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final, Protocol, cast
from uuid import UUID

import asyncpg
from helmlog_events import clock
from helmlog_events.contracts.kpi import (
    KPIRetired,
    KPIRevived,
    KPIValueUndefined,
    ReadingsIngested,
    ThresholdPolicySet,
)
from helmlog_events.envelope import Append, NewEvent, SourcedEvent, StreamWrite
from helmlog_events.ids import new_id, stream_id
from helmlog_events.pipeline.protocols import Due
from helmlog_events.pipeline.timers import fired_by
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.store.postgres.transaction import Transaction
from sqlalchemy.ext.asyncio import AsyncConnection

from kpi_service.application import ledger, silence_rows
from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.kpi.state import KPI, fold
from kpi_service.domain.readings.feed import NEVER
from kpi_service.domain.silence import state
from kpi_service.domain.silence.decide import LookForData, Resumption, decide
from kpi_service.domain.silence.events import SilenceEvent
from kpi_service.domain.silence.state import Silence, Silent
from kpi_service.domain.silence.watch import Watched


class EndBreach(Protocol):
    """Ends a KPI's open breach because its source has been silent for too long by `now`.

    Within the caller's transaction, in which the KPI's row is held. What is to be written comes
    back; nothing, where no breach is open.
    """

    async def __call__(
        self, connection: asyncpg.Connection, tenant: str, kpi_id: UUID, now: datetime
    ) -> Sequence[StreamWrite]: ...


class SilenceTimer:
    """Looks at KPIs whose silence may have begun or ended."""

    name: Final = "silence-timer"

    def __init__(self, store: PostgresStore, end_breach: EndBreach) -> None:
        """`end_breach` ends one where a policy takes silence for good (`on_no_data` "ok")."""
        self._store = store
        self._end_breach = end_breach

    async def due(self, sql: AsyncConnection, by: datetime, limit: int) -> Sequence[Due]:
        async with self._store.transaction() as tx:
            await silence_rows.move_on(tx.raw, clock.now())
        return [
            Due(at, tenant, str(kpi_id))
            for at, tenant, kpi_id in await silence_rows.list_due(sql, by, limit)
        ]

    async def fire(self, tx: Transaction, due: Due) -> Sequence[Append]:
        tenant, kpi_id, now = due.tenant, UUID(due.key), clock.now()
        if not await silence_rows.hold(tx.raw, tenant, kpi_id, now):
            return []
        standing = (await ledger.lock(tx.raw, tenant, [kpi_id]))[kpi_id]
        newest = standing.course.observed_at
        watched = await _watched(tx, tenant, kpi_id, None if newest == NEVER else newest)
        silence, version = await _silence(tx, tenant, kpi_id)
        look = LookForData(
            watched, new_id(), await _resumption(tx, tenant, watched, silence, now), now
        )
        said = decide(look, silence)
        writes: list[StreamWrite] = []
        if said:
            news = tuple(NewEvent(event, since) for event, since in said)
            writes.append(StreamWrite(stream_id("kpi_silence", kpi_id), version, news))
        rule, since = watched.rule_at(now), watched.silent_since(now)
        if rule and rule.means == "ok" and since is not None:
            writes += await self._end_breach(tx.raw, tenant, kpi_id, now)
        heeded = rule is not None and rule.means != "keep"
        await silence_rows.settle(
            tx.raw,
            tenant,
            kpi_id,
            # Also one that never was measured: its first reading may be of long ago.
            waits=heeded and (since is not None or watched.observed_at is None),
            due_at=watched.look_again_at(now),
            after=rule.after if rule is not None and heeded and since is None else None,
            until=watched.next_change_at(now),
        )
        return [Append(tenant, fired_by(self, due), tuple(writes))] if writes else []


class WatchSources:
    """Has the timer look where a silence may have begun or ended."""

    name: Final = "watch-sources"
    sources: Final = frozenset({"kpi"})
    types: Final = frozenset(
        contract.event_type
        for contract in (
            ThresholdPolicySet,
            KPIRetired,
            KPIRevived,
            ReadingsIngested,
            KPIValueUndefined,
        )
    )

    async def react(self, tx: Transaction, event: SourcedEvent) -> Sequence[Append]:
        record, fact = event.record, event.record.event
        look = partial(silence_rows.look, tx.raw, record.tenant, at=record.recorded_at)
        match fact:
            case ThresholdPolicySet():
                if fact.no_data_after is not None:
                    await silence_rows.watch(tx.raw, record.tenant, fact.kpi_id)
                await look([fact.kpi_id])
            case KPIRetired() | KPIRevived() | KPIValueUndefined():
                # A value withdrawn leaves an older reading for the newest.
                await look([fact.kpi_id])
            case ReadingsIngested():
                await look(fact.kpi_ids, only_waiting=True)
            case _:
                raise TypeError(f"{record.type} changes no silence")
        return []


async def _watched(
    tx: Transaction, tenant: str, kpi_id: UUID, observed_at: datetime | None
) -> Watched:
    records = await tx.read_stream(tenant, stream_id("kpi", kpi_id))
    kpi = fold(cast("KPIEvent", record.event) for record in records)
    if not isinstance(kpi, KPI):
        raise TypeError(f"the KPI {kpi_id} is watched, and not defined")
    set_at = {
        event.effective_from: record.recorded_at
        for record in records
        if isinstance(event := record.event, ThresholdPolicySet)
    }
    return Watched(kpi, observed_at, set_at)


async def _silence(tx: Transaction, tenant: str, kpi_id: UUID) -> tuple[Silence, int]:
    records = await tx.read_stream(tenant, stream_id("kpi_silence", kpi_id))
    return state.fold(cast("SilenceEvent", record.event) for record in records), len(records)


async def _resumption(
    tx: Transaction, tenant: str, watched: Watched, silence: Silence, now: datetime
) -> Resumption | None:
    """Where the readings begin that end the silence; None if none came that does."""
    rule, newest = watched.rule_at(now), watched.observed_at
    if not isinstance(silence, Silent) or rule is None or newest is None:
        return None
    if newest <= (silence.last_observed_at or NEVER) or watched.silent_since(now) is not None:
        return None
    found = await silence_rows.find_resumption(
        tx.raw,
        tenant,
        watched.kpi.definition.kpi_id,
        after=silence.last_observed_at,
        apart=rule.after,
    )
    return None if found is None else Resumption(*found)
