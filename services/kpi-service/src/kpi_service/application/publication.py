"""Publishes values whose window ended while no further reading came."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import structlog
from helmlog_events import clock
from helmlog_events.contracts.kpi import KPIValueChanged
from helmlog_events.envelope import ANY_VERSION, Append, Metadata, NewEvent, StreamWrite
from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.store import PostgresStore

_log = structlog.get_logger(__name__)
_AT_ONCE = 500
_ACTOR = "system:publication"


@dataclass(frozen=True, slots=True)
class Publication:
    """What is due stands in the database, so a restart forgets nothing.

    Several workers may run it: each takes what no other has in its hands.
    """

    store: PostgresStore
    publish_every: timedelta

    async def run(self) -> None:
        """Runs until cancelled."""
        pause = self.publish_every.total_seconds() / 4
        while True:
            try:
                while await self.publish_due(clock.now()) == _AT_ONCE:
                    pass
            except Exception as error:  # noqa: BLE001 - the database is away; what is due stays due
                _log.warning("publication_retried", error=repr(error))
            await asyncio.sleep(pause)

    async def publish_due(self, now: datetime) -> int:
        """Publishes the latest value of each KPI whose window has ended; returns how many."""
        async with self.store.transaction() as tx:
            rows = await tx.raw.fetch(
                "UPDATE kpi_state AS s SET pending = false, published_at = $2 FROM"
                " (SELECT tenant, kpi_id FROM kpi_state WHERE pending AND published_at <= $1"
                " ORDER BY tenant, kpi_id LIMIT $3 FOR UPDATE SKIP LOCKED) AS due"
                " WHERE s.tenant = due.tenant AND s.kpi_id = due.kpi_id"
                " RETURNING s.tenant, s.kpi_id, s.value, s.observed_at",
                now - self.publish_every,
                now,
                _AT_ONCE,
            )
            if rows:
                await tx.append(*_appends(rows))
        return len(rows)


def _appends(rows: list[tuple[str, UUID, Decimal | None, datetime]]) -> list[Append]:
    writes: dict[str, list[StreamWrite]] = defaultdict(list)
    for tenant, kpi_id, value, observed_at in rows:
        if value is None:
            continue  # it was withdrawn meanwhile
        event = KPIValueChanged(kpi_id=kpi_id, value=value, observed_at=observed_at)
        writes[tenant].append(
            StreamWrite(
                stream_id("kpi_value", kpi_id), ANY_VERSION, (NewEvent(event, observed_at),)
            )
        )
    return [Append(tenant, Metadata(actor=_ACTOR), tuple(some)) for tenant, some in writes.items()]
