"""Carries the log of a service to its topic, in order of `seq`, by one leader at a time."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from helmlog_events.kafka.leader import Leader, RelaySettings
from helmlog_events.kafka.metrics import RELAY_LAG, RELAY_LEADER
from helmlog_events.kafka.partitions import topic_of
from helmlog_events.kafka.sessions import LockSession, lock_key

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RelayProgress:
    """For readiness."""

    leads: bool
    published_seq: int
    lag: int
    """Entries of the log not in the topic; 0 in a process that does not lead."""
    seconds_since_success: float
    """Since the topic last was level with the log or came nearer, or another process led."""


class Relay:
    """Publishes the log of `source`; run it in as many processes as you like, one of them leads.

    When the leader dies, its lock falls with its database session, and another takes over within
    about `stand_by_every` seconds. The other settings are those of `RelaySettings`.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        source: str,
        bootstrap: str,
        *,
        topic: str | None = None,
        page: int = 2_000,
        poll_every: float = 0.25,
        stand_by_every: float = 0.3,
        survey_every: float = 30.0,
        patience: float = 15.0,
    ) -> None:
        self._engine = engine
        self._settings = RelaySettings(
            source=source,
            bootstrap=bootstrap,
            topic=topic or topic_of(source),
            page=page,
            poll_every=poll_every,
            survey_every=survey_every,
            patience=patience,
        )
        self._stand_by_every = stand_by_every
        self._rest()

    def progress(self) -> RelayProgress:
        since = asyncio.get_running_loop().time() - self._succeeded_at
        return RelayProgress(self._leads, self._published_seq, self._lag, since)

    async def run(self) -> None:
        """Stands by, leads when it can, and goes on until it is cancelled."""
        while True:
            try:
                async with LockSession(self._engine, durable=False) as session:
                    await session.while_alive(self._stand_by_and_lead(session))
            except Exception as error:  # noqa: BLE001 - the database is away, and comes back
                _log.warning("relay_restarts", topic=self._settings.topic, reason=repr(error))
            finally:
                self._leads = False
                RELAY_LEADER.labels(self._settings.topic).set(0)
            await asyncio.sleep(random.uniform(0.2, 0.5))  # noqa: S311 - jitter

    async def _stand_by_and_lead(self, session: LockSession) -> None:
        # Waiting within pg_advisory_lock() would hold a snapshot, and vacuum back, all the while.
        while not await session.try_lock(lock_key("relay", self._settings.topic)):
            self._rest()
            await asyncio.sleep(self._stand_by_every)
        self._leads = True
        RELAY_LEADER.labels(self._settings.topic).set(1)
        await Leader(self._engine, session, self._settings, self._show).run()

    def _rest(self) -> None:
        self._leads, self._published_seq, self._lag = False, 0, 0
        self._succeeded_at = asyncio.get_running_loop().time()
        RELAY_LAG.labels(self._settings.topic).set(0)

    def _show(self, published_seq: int, lag: int) -> None:
        if lag == 0 or published_seq > self._published_seq:
            self._succeeded_at = asyncio.get_running_loop().time()
        self._published_seq, self._lag = published_seq, lag
