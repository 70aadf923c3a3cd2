from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from helmlog_events.envelope import RecordedEvent, SourcedEvent
from helmlog_events.kafka.claims import Claim, claim_partition
from helmlog_events.kafka.sessions import LockSession, lead_by_turns
from helmlog_events.pipeline.pipeline import Advance, Pipeline
from helmlog_events.pipeline.wakeup import Wakeup

OWN_LOG: Final = "own-log"
"""Consumer and topic of the position in the own log; its offset is the last seq applied."""


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
        await lead_by_turns(
            self._engine,
            OWN_LOG,
            self._lead,
            standing_by=self._succeed,
            stand_by_every=self._polling,
            restart_after=0.2,
            restarts="follower_restarts",
        )

    async def _lead(self, session: LockSession) -> None:
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
