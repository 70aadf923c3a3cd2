from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from helmlog_events.envelope import RecordedEvent, SourcedEvent
from helmlog_events.kafka.claims import Claim, claim_partition
from helmlog_events.kafka.sessions import LockSession, lock_key
from helmlog_events.pipeline.pipeline import Advance, Pipeline
from helmlog_events.pipeline.wakeup import Wakeup

OWN_LOG: Final = "own-log"
"""Consumer and topic of the position in the own log; its offset is the last seq applied."""

_log = structlog.get_logger(__name__)


class LogFollower:
    """Brings the service's read models after its own log, straight from the database.

    One worker of a service leads, by advisory lock; another takes over when it dies. Times in
    seconds.
    """

    def __init__(
        self, engine: AsyncEngine, pipeline: Pipeline, *, page: int = 1_000, polling: float = 0.5
    ) -> None:
        self._engine = engine
        self._pipeline = pipeline
        self._page = page
        self._polling = polling
        self._succeeded_at = asyncio.get_running_loop().time()

    @property
    def seconds_since_success(self) -> float:
        """Since the read models were last level with the log, or another worker led."""
        return asyncio.get_running_loop().time() - self._succeeded_at

    async def run(self) -> None:
        """Runs until cancelled."""
        while True:
            try:
                async with LockSession(self._engine) as session:
                    await session.while_alive(self._stand_by_and_lead(session))
            except Exception as error:  # noqa: BLE001 - the database is away, or another leads now
                _log.warning("follower_restarts", reason=repr(error))
            await asyncio.sleep(0.2)

    async def _stand_by_and_lead(self, session: LockSession) -> None:
        while not await session.try_lock(lock_key(OWN_LOG)):
            self._succeed()
            await asyncio.sleep(self._polling)
        claim, position = await claim_partition(session, OWN_LOG, OWN_LOG, 0)
        applied = position.next_offset
        wakeup = Wakeup(self._engine)
        try:
            while True:
                events = await self._pipeline.store.read_log(applied, self._page)
                if events:
                    await self._apply(claim, events)
                    applied = events[-1].seq
                else:
                    self._succeed()
                    await wakeup.wait(self._polling)
        finally:
            await wakeup.close()

    async def _apply(self, claim: Claim, events: Sequence[RecordedEvent]) -> None:
        def behind(event: SourcedEvent) -> Advance:
            return lambda raw: claim.advance(raw, event.record.seq, event.record.event_id)

        batch = [SourcedEvent(self._pipeline.own_source, event) for event in events]
        await self._pipeline.process(batch, behind(batch[-1]), behind)

    def _succeed(self) -> None:
        self._succeeded_at = asyncio.get_running_loop().time()
