"""Consumes topics with partitions held by advisory locks and positions kept in the database."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any, Final

import structlog
from aiokafka import TopicPartition
from sqlalchemy.ext.asyncio import AsyncEngine

from helmlog_events.kafka.consumer import consuming
from helmlog_events.kafka.lanes import BatchHandler, Read
from helmlog_events.kafka.partitions import PARTITIONS
from helmlog_events.kafka.progress import Progress, ProgressBoard
from helmlog_events.kafka.sessions import LockSession
from helmlog_events.kafka.shift import Shift

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0
_SETTLED_AFTER: Final = 10.0

_log = structlog.get_logger(__name__)


class TopicSource:
    """Hands the messages of `topics` to `handler`, each partition in order and by one worker.

    Workers with the same consumer name divide the partitions; when one dies, its locks fall with
    its database session, and the others take over within about `check_every`. Nothing is ever
    committed to Kafka. All times in seconds.

    With `read`, the handler is handed what that gives of a batch: it goes on while the batch before
    is handled.

    A batch has up to `max_records` messages, and ends with the one that makes it `max_bytes`. While
    two batches of a partition wait, it is paused: held all the same, and not fetched from.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        bootstrap: str,
        topics: Sequence[str],
        consumer_name: str,
        handler: BatchHandler[Any],
        *,
        partitions: int = PARTITIONS,
        max_records: int = 2_000,
        max_bytes: int = 4 * 1024 * 1024,
        read: Read | None = None,
        check_every: float = 0.5,
        stalled_after: float = 10.0,
        verify_every: float = 30.0,
    ) -> None:
        self._engine = engine
        self._bootstrap = bootstrap
        self._partitions = [TopicPartition(topic, p) for topic in topics for p in range(partitions)]
        self._name = consumer_name
        self._handler = handler
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._read = read
        self._check_every = check_every
        self._stalled_after = stalled_after
        self._verify_every = verify_every
        self._board = ProgressBoard(consumer_name, topics)

    def progress(self) -> Progress:
        return self._board.read()

    async def run(self) -> None:
        """Consumes until it is cancelled; after any trouble it starts afresh."""
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE
        while True:
            started = loop.time()
            try:
                await self._work()
            except Exception as error:  # noqa: BLE001 - broker or database away: both come back
                _log.warning("source_restarts", consumer=self._name, reason=_reasons(error))
            self._board.show({})
            if loop.time() - started > _SETTLED_AFTER:
                pause = _FIRST_PAUSE
            await asyncio.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311 - jitter
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _work(self) -> None:
        # The broker first: who can't reach it must not count as a member and hold partitions.
        async with consuming(self._bootstrap) as consumer, LockSession(self._engine) as session:
            shift = Shift(
                session,
                consumer,
                self._partitions,
                self._name,
                self._handler,
                self._board,
                max_records=self._max_records,
                max_bytes=self._max_bytes,
                read=self._read,
                check_every=self._check_every,
                stalled_after=self._stalled_after,
                verify_every=self._verify_every,
            )
            await session.while_alive(shift.run())


def _reasons(error: BaseException) -> list[str]:
    if isinstance(error, BaseExceptionGroup):
        return [reason for inner in error.exceptions for reason in _reasons(inner)]
    return [repr(error)]
