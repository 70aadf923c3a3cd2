"""Checks the journal as it grows, and says so in the witness's own log when it does not hold."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Final

import asyncpg
import structlog
from helmlog_events.clock import now
from helmlog_events.contracts.audit import TamperingDetected
from helmlog_events.envelope import Append, Metadata, NewEvent, RecordedEvent, StreamWrite
from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.rows import COLUMNS
from helmlog_events.store.postgres.store import PostgresStore

from audit_service.domain.chain import ChainPosition, walk

WITNESS_TENANT: Final = "helmlog"
"""A log is of no single tenant; what is wrong with it is told under this name."""

_ACTOR: Final = "system:chain-checker"
_log = structlog.get_logger(__name__)


class ChainChecker:
    """Walks each source's journal by contiguous `seq`; several may run, one at a time walks."""

    def __init__(
        self,
        store: PostgresStore,
        sources: Iterable[str],
        *,
        page: int = 5_000,
        every: float = 1.0,
    ) -> None:
        self._store = store
        self._sources = tuple(sources)
        self._page = page
        self._every = every
        self._succeeded_at = time.monotonic()

    @property
    def seconds_since_success(self) -> float:
        """Since the journal was last walked to where it goes without a gap."""
        return time.monotonic() - self._succeeded_at

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            try:
                while await self.check():
                    pass
                self._succeeded_at = time.monotonic()
            except Exception as error:  # noqa: BLE001 - the database is away; the journal waits
                _log.warning("chain_check_retried", error=repr(error))
            await asyncio.sleep(self._every)

    async def check(self) -> int:
        """Checks one page of each source; returns how many entries that were."""
        return sum([await self._check(source) for source in self._sources])

    async def _check(self, source: str) -> int:
        async with self._store.transaction() as tx:
            start = await _claim(tx.raw, source)
            rows = await tx.raw.fetch(
                f"SELECT {COLUMNS} FROM inbox WHERE source = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                source,
                start.seq,
                self._page,
            )
            walked = walk(start, map(RecordedEvent._make, rows))
            if walked.position.seq == start.seq:
                return 0
            await tx.raw.execute(
                "UPDATE chain_positions SET seq = $2, hash = $3 WHERE source = $1",
                source,
                walked.position.seq,
                walked.position.hash,
            )
            for tampered in walked.tampered:
                _log.error("tampering_detected", **tampered.model_dump())
            if walked.tampered:
                # The position moves in the same commit, so each is told exactly once.
                await tx.append(*(_append(tampered) for tampered in walked.tampered))
        return walked.position.seq - start.seq


async def _claim(raw: asyncpg.Connection, source: str) -> ChainPosition:
    """Where the walk goes on; nobody else walks this source until the transaction ends."""
    start = ChainPosition(source)
    await raw.execute(
        "INSERT INTO chain_positions (source, seq, hash) VALUES ($1, $2, $3)"
        " ON CONFLICT DO NOTHING",
        source,
        start.seq,
        start.hash,
    )
    row = await raw.fetchrow(
        "SELECT seq, hash FROM chain_positions WHERE source = $1 FOR UPDATE", source
    )
    return ChainPosition(source, row["seq"], row["hash"])


def _append(tampered: TamperingDetected) -> Append:
    stream = stream_id("tampering", f"{tampered.source}.{tampered.seq}")
    write = StreamWrite(stream, 0, (NewEvent(tampered, now()),))
    return Append(WITNESS_TENANT, Metadata(_ACTOR), (write,))
