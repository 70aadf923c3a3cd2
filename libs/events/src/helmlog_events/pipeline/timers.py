"""Durable timers: what a service does when an instant comes, whether or not it was running then.

Nothing about a timer is kept here. What is due is read from a read model, what comes of it is
decided on the streams, and only an append that finds them where the decision saw them is written.
So a timer may go off twice (two runners, a crash after the commit, a read model behind) and still
has one effect.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from helmlog_events import clock
from helmlog_events.envelope import Metadata
from helmlog_events.kafka.sessions import LockSession, lead_by_turns
from helmlog_events.pipeline.metrics import TIMERS_FAILED, TIMERS_FIRED
from helmlog_events.pipeline.protocols import Due, TimerSource
from helmlog_events.pipeline.rests import Rests
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.store.protocol import VersionConflict

LOOK_AHEAD: Final = 1.0
"""Seconds: how late a timer may be that was set for now, and how often is looked for new ones."""

_ATTEMPTS: Final = 5
_log = structlog.get_logger(__name__)


def fired_by(source: TimerSource, due: Due) -> Metadata:
    """The metadata of what `source` decides when `due` has come."""
    return Metadata(
        actor=f"system:{source.name}",
        causation_id=f"timer/{source.name}/{due.key}/{clock.rfc3339(due.at)}",
    )


class Timers:
    """Fires what is due, for as long as it leads; another instance takes over when it dies."""

    def __init__(
        self,
        engine: AsyncEngine,
        store: PostgresStore,
        sources: Sequence[TimerSource],
        *,
        page: int = 500,
        first_pause: float = 1.0,
    ) -> None:
        self._engine = engine
        self._store = store
        self._sources = sources
        self._page = page
        self._first_pause = first_pause
        self._succeed()

    @property
    def seconds_since_success(self) -> float:
        """Since every source was last asked, or a timer fired, or another instance led."""
        return asyncio.get_running_loop().time() - self._succeeded_at

    async def run(self) -> None:
        """Runs until cancelled."""
        await lead_by_turns(
            self._engine,
            "timers",
            self._lead,
            standing_by=self._succeed,
            stand_by_every=0.5,
            restart_after=0.2,
            restarts="timers_restart",
        )

    async def _lead(self, _session: LockSession) -> None:
        rests = {source.name: Rests(self._first_pause) for source in self._sources}
        while True:
            pauses = [await self._serve(source, rests[source.name]) for source in self._sources]
            if None not in pauses:
                self._succeed()
            await asyncio.sleep(
                min(
                    (LOOK_AHEAD if pause is None else pause for pause in pauses), default=LOOK_AHEAD
                )
            )

    async def _serve(self, source: TimerSource, rests: Rests) -> float | None:
        """Fires what has come; says how long to wait for the next, None if it could not be asked.

        A source that fails must not keep the others from their time.
        """
        # Whatever rests stands at the front of the list; what came after it must still be seen.
        limit = self._page + len(rests)
        try:
            async with self._engine.connect() as sql:
                until = clock.now() + timedelta(seconds=LOOK_AHEAD)
                listed = await source.due(sql, until, limit)
        except Exception as error:
            if _asked_to_end():
                raise
            _log.warning("timers_not_listed", timer=source.name, error=repr(error))
            return None
        rests.forget_done(listed, complete=len(listed) < limit)
        for due in listed:
            if due.at <= clock.now() and rests.over(due):
                rests.rest(due)
                await self._fire(source, due)
        now = clock.now()
        if len(listed) == limit and listed[-1].at <= now:
            return 0.0
        coming = [(due.at - now).total_seconds() for due in listed if due.at > now]
        return max(0.0, min([LOOK_AHEAD, *coming, *rests.remaining(listed)]))

    async def _fire(self, source: TimerSource, due: Due) -> None:
        try:
            await self._retrying(source, due)
        except Exception as error:
            if _asked_to_end():
                raise
            TIMERS_FAILED.labels(source.name).inc()
            _log.warning(
                "timer_failed",
                timer=source.name,
                tenant=due.tenant,
                key=due.key,
                error=repr(error),
            )
        else:
            TIMERS_FIRED.labels(source.name).inc()
            self._succeed()

    async def _retrying(self, source: TimerSource, due: Due) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with self._store.transaction() as tx:
                    for append in await source.fire(tx, due):
                        tx.stage(append)
                    await tx.append_staged()
            except VersionConflict:
                if attempt == _ATTEMPTS:
                    raise
                await asyncio.sleep(0.01 * attempt * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            else:
                return

    def _succeed(self) -> None:
        self._succeeded_at = asyncio.get_running_loop().time()


def _asked_to_end() -> bool:
    """A cancellation may come out of a transaction as the error of its rollback."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
