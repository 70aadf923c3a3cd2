"""The right to move a consumer's position in one partition, and how it ends."""

from __future__ import annotations

from collections.abc import Sequence
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
        await _advance(connection, [(self, next_offset, last_event)])


async def advance_past(
    connection: asyncpg.Connection, ends: Sequence[tuple[Claim, ConsumerRecord]]
) -> None:
    """Moves each position behind the last message of its batch, all of them or none: raises
    `Fenced`. They are of different partitions.
    """
    moves = [(claim, message.offset + 1, identity_of(message)) for claim, message in ends]
    await _advance(connection, moves)


async def _advance(
    connection: asyncpg.Connection, moves: Sequence[tuple[Claim, int, UUID | None]]
) -> None:
    rows = [
        (claim.consumer, claim.topic, claim.partition, claim.epoch, next_offset, last_event)
        for claim, next_offset, last_event in moves
    ]
    status = await connection.execute(
        "UPDATE consumer_positions AS p"
        " SET next_offset = moved.next_offset, last_event = moved.last_event"
        " FROM unnest($1::text[], $2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::uuid[])"
        " AS moved (consumer, topic, partition, epoch, next_offset, last_event)"
        " WHERE (p.consumer, p.topic, p.partition, p.epoch)"
        " = (moved.consumer, moved.topic, moved.partition, moved.epoch)",
        *zip(*rows, strict=True),
    )
    if status != f"UPDATE {len(rows)}":
        held = ", ".join(f"{claim.topic}/{claim.partition}" for claim, _, _ in moves)
        raise Fenced(f"{moves[0][0].consumer} does not hold all of {held} any longer")


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
