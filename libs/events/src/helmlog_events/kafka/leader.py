"""What the leading relay does: follows the log and keeps the topic level with it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from helmlog_events.envelope import RecordedEvent
from helmlog_events.kafka.bounds import on_request_only
from helmlog_events.kafka.metrics import PUBLISHED, RELAY_LAG, REPUBLISHED
from helmlog_events.kafka.partitions import PARTITIONS
from helmlog_events.kafka.pinned import PinnedProducer
from helmlog_events.kafka.producer import create_pinned_producer, discard_producer
from helmlog_events.kafka.published import load, save
from helmlog_events.kafka.publisher import Page, Publisher
from helmlog_events.kafka.sessions import LockSession
from helmlog_events.kafka.survey import find_losses
from helmlog_events.kafka.topics import grow_topic
from helmlog_events.pipeline.wakeup import Wakeup
from helmlog_events.store.postgres.connections import driver
from helmlog_events.store.postgres.rows import read_log

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0
_SAVE_EVERY: Final = 0.25

_log = structlog.get_logger(__name__)


class WrongPartitions(Exception):
    """The topic has not as many partitions as the streams are dealt to."""


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Times in seconds."""

    source: str
    bootstrap: str
    topic: str
    page: int
    """Entries read and sent at a time."""
    poll_every: float
    """What a missed wake-up may cost."""
    survey_every: float
    """How long a loss of the broker may go unnoticed while the log is quiet."""
    patience: float
    """With one answer of the broker, before the producer is given up."""


class Leader:
    """Publishes for as long as `session` holds the lead.

    `show(published_seq, lag)` is told where it stands, several times a second.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        session: LockSession,
        settings: RelaySettings,
        show: Callable[[int, int], None],
    ) -> None:
        self._engine = engine
        self._session = session
        self._settings = settings
        self._show = show
        self._wakeup = Wakeup(engine)
        self._saved_at = 0.0
        self._surveyed_at = 0.0

    async def run(self) -> None:
        """Publishes until it is cancelled; what goes wrong with the broker is tried again."""
        self._published = await load(self._session, self._settings.topic)
        _log.info("relay_leads", topic=self._settings.topic, published=self._published.seq)
        pause = _FIRST_PAUSE
        try:
            while True:
                before = self._published.seq
                try:
                    await on_request_only(self._publish())
                except Exception as error:  # noqa: BLE001 - a new producer starts clean
                    _log.warning("relay_reconnects", topic=self._settings.topic, reason=repr(error))
                await self._save()  # and shows the lag as it grows
                moved = self._published.seq > before
                pause = _FIRST_PAUSE if moved else min(pause * 2, _LONGEST_PAUSE)
                await asyncio.sleep(pause)
        finally:
            await self._wakeup.close()
            with contextlib.suppress(Exception):
                await self._save()

    async def _publish(self) -> None:
        """With one producer, from where the topic really ends, until something goes wrong."""
        settings = self._settings
        producer = await create_pinned_producer(settings.bootstrap, patience=settings.patience)
        try:
            await self._check_partitions(producer)
            publisher = Publisher(
                producer,
                settings.source,
                settings.topic,
                self._published,
                patience=settings.patience,
            )
            await self._survey()
            await self._follow(publisher)
        finally:
            await discard_producer(producer)

    async def _check_partitions(self, producer: PinnedProducer) -> None:
        # Connected first and surveyed then: what the survey finds can't be another broker's.
        count = await producer.pin(self._settings.topic, patience=self._settings.patience)
        if count < PARTITIONS:
            # A broker that lost the topic made it up again when somebody asked for it. Only relays
            # write here, and never to fewer partitions: no key moves.
            await grow_topic(
                self._settings.bootstrap,
                self._settings.topic,
                PARTITIONS,
                patience=self._settings.patience,
            )
        if count != PARTITIONS:  # a grown one is met by the next producer
            raise WrongPartitions(
                f"{self._settings.topic} has {count} partitions and not {PARTITIONS}"
            )

    async def _survey(self) -> None:
        losses = await find_losses(self._settings.bootstrap, self._settings.topic, self._published)
        self._published.note(losses)
        self._surveyed_at = asyncio.get_running_loop().time()
        if self._published.lost:
            _log.warning(
                "broker_lost_records",
                topic=self._settings.topic,
                kept=self._published.lost,
                published=self._published.seq,
            )

    async def _follow(self, publisher: Publisher) -> None:
        loop = asyncio.get_running_loop()
        cursor = self._published.resume_after
        sending: asyncio.Task[None] | None = None
        try:
            while True:
                # One page is on its way while the next is read and encoded.
                entries = await self._read(cursor)
                page = publisher.prepare(entries) if entries else None
                if sending is not None:
                    await sending
                    sending = None
                if loop.time() - self._saved_at > _SAVE_EVERY:
                    await self._save()
                if loop.time() - self._surveyed_at > self._settings.survey_every:
                    await self._survey()
                    cursor = self._published.resume_after
                elif page is None:
                    await self._wakeup.wait(self._settings.poll_every)
                else:
                    cursor = page.last_seq
                    sending = asyncio.create_task(self._send(publisher, page))
        finally:
            if sending is not None:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)

    async def _read(self, after_seq: int) -> list[RecordedEvent]:
        async with self._engine.connect() as connection:
            return await read_log(await driver(connection), after_seq, self._settings.page)

    async def _send(self, publisher: Publisher, page: Page) -> None:
        await publisher.send(page)
        PUBLISHED.labels(self._settings.topic).inc(page.count)
        REPUBLISHED.labels(self._settings.topic).inc(page.repeated)

    async def _save(self) -> None:
        head = await save(self._session, self._settings.topic, self._published)
        lag = head - self._published.resume_after
        RELAY_LAG.labels(self._settings.topic).set(lag)
        self._show(self._published.seq, lag)
        self._saved_at = asyncio.get_running_loop().time()
