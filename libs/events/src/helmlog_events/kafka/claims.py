"""The right to move a consumer's position in one partition, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import asyncpg
from aiokafka import ConsumerRecord

from helmlog_events.kafka.sessions import LockSession


class Fenced(Exception):
    """Another worker has claimed the partition since: nothing of this batch may be written."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Held by one worker, until somebody claims the partition anew."""

    consumer: str
    topic: str
    partition: int
    epoch: int

    async def advance(
        self, connection: asyncpg.Connection, next_offset: int, last_event: UUID | None
    ) -> None:
        """Moves the position, within the transaction of the batch; raises `Fenced`."""
        status = await connection.execute(
            "UPDATE consumer_positions SET next_offset = $5, last_event = $6 WHERE consumer = $1"
            " AND topic = $2 AND partition = $3 AND epoch = $4",
            self.consumer,
            self.topic,
            self.partition,
            self.epoch,
            next_offset,
            last_event,
        )
        if status != "UPDATE 1":
            raise Fenced(f"{self.consumer} holds {self.topic}/{self.partition} no longer")

    async def advance_past(self, connection: asyncpg.Connection, message: ConsumerRecord) -> None:
        """Moves the position behind `message`, the last one of the batch; raises `Fenced`."""
        await self.advance(connection, message.offset + 1, identity_of(message))


@dataclass(frozen=True, slots=True)
class Position:
    """Where to go on, and what the record before was, if any was handled."""

    next_offset: int
    last_event: UUID | None


async def claim_partition(
    session: LockSession, consumer: str, topic: str, partition: int
) -> tuple[Claim, Position]:
    """Takes the partition over; who held it before can't move its position from here on."""
    [row] = await session.fetch(
        "INSERT INTO consumer_positions AS p (consumer, topic, partition, epoch, next_offset)"
        " VALUES ($1, $2, $3, 1, 0) ON CONFLICT (consumer, topic, partition)"
        " DO UPDATE SET epoch = p.epoch + 1 RETURNING epoch, next_offset, last_event",
        consumer,
        topic,
        partition,
    )
    claim = Claim(consumer, topic, partition, row["epoch"])
    return claim, Position(row["next_offset"], row["last_event"])


def identity_of(message: ConsumerRecord) -> UUID:
    """By which a record is known again at its offset: the event's id, or else a digest."""
    for name, value in message.headers:
        if name.lower() == "ce_id":
            try:
                return UUID(value.decode())
            except ValueError:
                break
    digest = sha256(b"%d\x1f" % message.timestamp)
    for part in (message.key, message.value):
        digest.update(b"-" if part is None else b"%d:%b" % (len(part), part))
    return UUID(bytes=digest.digest()[:16])
