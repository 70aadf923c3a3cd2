"""Messages that can't be handled: kept with their reason, and published for those who care."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import asyncpg
import orjson
import structlog
from aiokafka import AIOKafkaProducer, ConsumerRecord
from sqlalchemy.ext.asyncio import AsyncEngine

from helmlog_events.kafka.producer import producing
from helmlog_events.kafka.sessions import LockSession, lead_by_turns

_log = structlog.get_logger(__name__)
_PAGE = 500
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message, or the `part`-th item of one, with the reason it was put aside."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]
    reason: str
    part: int = 0
    attempts: int = field(default=1)

    @classmethod
    def of(
        cls, message: ConsumerRecord, reason: str, *, part: int = 0, value: bytes | None = None
    ) -> Self:
        """`value` is the item itself, where only a part of the message is put aside."""
        return cls(
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            key=message.key,
            value=message.value if value is None else value,
            # NUL has no place in the database's text; a header is for reading here, not for use.
            headers={
                name: content.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
                for name, content in message.headers
            },
            reason=reason.replace("\x00", "\\x00"),
            part=part,
        )


async def bury(connection: asyncpg.Connection, letters: Sequence[DeadLetter]) -> None:
    """Keeps them, within the transaction that moves the consumer's position."""
    if not letters:
        return
    await connection.executemany(
        'INSERT INTO dead_letters (topic, partition, "offset", part, key, value, headers, reason,'
        " attempts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        [
            (
                letter.topic,
                letter.partition,
                letter.offset,
                letter.part,
                letter.key,
                letter.value,
                orjson.dumps(letter.headers).decode(),
                letter.reason,
                letter.attempts,
            )
            for letter in letters
        ],
    )
    for letter in letters:
        _log.warning(
            "message_buried",
            origin=f"{letter.topic}/{letter.partition}/{letter.offset}",
            reason=letter.reason,
        )


class DeadLetterOffice:
    """Publishes what was buried to `<topic>.dlq`, at least once; one process at a time."""

    def __init__(self, engine: AsyncEngine, bootstrap: str, *, every: float = 1.0) -> None:
        self._engine = engine
        self._bootstrap = bootstrap
        self._every = every

    async def run(self) -> None:
        """Runs until cancelled."""
        await lead_by_turns(
            self._engine,
            "dead-letter-office",
            self._publish_for_ever,
            stand_by_every=self._every,
            restart_after=self._every,
            restarts="dead_letter_office_restarts",
        )

    async def _publish_for_ever(self, session: LockSession) -> None:
        while True:
            topics = await session.fetch(
                "SELECT DISTINCT topic FROM dead_letters WHERE published_at IS NULL"
            )
            for row in topics:
                await self._publish_topic(session, row["topic"])
            await asyncio.sleep(self._every)

    async def _publish_topic(self, session: LockSession, topic: str) -> None:
        """A page of one topic's letters. A topic that takes none holds back no other."""
        rows = await session.fetch(
            'SELECT id, topic, partition, "offset", part, key, value, headers::text AS headers,'
            " reason, attempts FROM dead_letters WHERE published_at IS NULL AND topic = $1"
            f" ORDER BY id LIMIT {_PAGE}",
            topic,
        )
        try:
            async with asyncio.timeout(_PATIENCE), producing(self._bootstrap) as producer:
                await _publish(producer, rows)
        except Exception as error:  # noqa: BLE001 - said, and tried again in the next round
            _log.warning("dead_letters_wait", topic=f"{topic}.dlq", reason=repr(error))
            return
        await session.fetch(
            "UPDATE dead_letters SET published_at = clock_timestamp() WHERE id = ANY($1)",
            [row["id"] for row in rows],
        )


async def _publish(producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> None:
    sent = [
        await producer.send(
            f"{row['topic']}.dlq",
            row["value"],
            key=row["key"],
            headers=[
                *((name, text.encode()) for name, text in orjson.loads(row["headers"]).items()),
                ("reason", row["reason"].encode()),
                ("attempts", b"%d" % row["attempts"]),
                ("origin", f"{row['topic']}/{row['partition']}/{row['offset']}".encode()),
            ],
        )
        for row in rows
    ]
    await asyncio.gather(*sent)
