"""Policies that hold for what was judged already: it is judged again, a KPI a transaction.

A batch that comes before does the same, so that whoever is first does it and nobody does it twice.
While a KPI with a long history is judged again, its batches wait: some five seconds for a million
readings, twice that in a breach that lasts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from helmlog_events.contracts.kpi import KPIRevised, ThresholdPolicySet
from helmlog_events.envelope import Append, Metadata, SourcedEvent
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.store.postgres.transaction import Transaction

from kpi_service.application.judgement import Judgement

_ACTOR: Final = "system:judging"
_AT_ONCE: Final = 100
_PAUSE: Final = 0.5
_log = structlog.get_logger(__name__)


class NotePolicies:
    """Notes whose readings are to be judged again, beside the position in the log.

    Also where a definition changed, by which periods are cut.
    """

    name: Final = "note-policies"
    sources: Final = frozenset({"kpi"})
    types: Final = frozenset({ThresholdPolicySet.event_type, KPIRevised.event_type})

    async def react(self, tx: Transaction, event: SourcedEvent) -> Sequence[Append]:
        fact = event.record.event
        if isinstance(fact, ThresholdPolicySet | KPIRevised):
            await tx.raw.execute(
                "INSERT INTO judging_due (tenant, kpi_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                event.record.tenant,
                fact.kpi_id,
            )
        return []


@dataclass(frozen=True, slots=True)
class HeedPolicies:
    """Judges again what is noted. Several workers may run it."""

    store: PostgresStore
    judgement: Judgement

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            try:
                while await self.heed_due() == _AT_ONCE:
                    pass
            except Exception as error:  # noqa: BLE001 - the database is away; what is due stays due
                _log.warning("judging_retried", error=repr(error))
            await asyncio.sleep(_PAUSE)

    async def heed_due(self) -> int:
        """Judges what is noted now, up to a bound, each KPI by itself; returns how many were."""
        async with self.store.transaction() as tx:
            due = await tx.raw.fetch(
                "SELECT tenant, kpi_id FROM judging_due ORDER BY random() LIMIT $1", _AT_ONCE
            )
        judged = 0
        for tenant, kpi_id in due:
            try:
                await self._heed(tenant, UUID(int=kpi_id.int))
                judged += 1
            except Exception as error:  # noqa: BLE001 - it stays due, and others go on
                _log.warning("judging_failed", kpi_id=str(kpi_id), error=repr(error))
        return judged

    async def _heed(self, tenant: str, kpi_id: UUID) -> None:
        async with self.store.transaction() as tx:
            done = await tx.raw.execute(
                "DELETE FROM judging_due WHERE tenant = $1 AND kpi_id = $2", tenant, kpi_id
            )
            if done == "DELETE 0":
                return  # another worker was faster
            writes = await self.judgement.heed_policies(tx.raw, tenant, kpi_id)
            if writes:
                await tx.append(Append(tenant, Metadata(actor=_ACTOR), tuple(writes)))
