"""From Kafka messages to the pipeline; what can't be read is put aside, and the rest goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import asyncpg
from aiokafka import ConsumerRecord

from helmlog_events.envelope import SourcedEvent
from helmlog_events.kafka.claims import Claim
from helmlog_events.kafka.cloudevents import UnreadableMessage, decode
from helmlog_events.pipeline.dead_letters import DeadLetter, bury
from helmlog_events.pipeline.pipeline import Pipeline

_AT_ONCE: Final = 8


class Intake:
    """A `BatchHandler` for topics that carry logs."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        # There are more partitions than connections: those whose batches wait for each other's
        # locks must leave some to the relay and the follower.
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def handle(self, claim: Claim, messages: Sequence[ConsumerRecord]) -> None:
        events: list[SourcedEvent] = []
        unreadable: list[DeadLetter] = []
        for message in messages:
            try:
                events.append(decode(message))
            except UnreadableMessage as error:
                unreadable.append(DeadLetter.of(message, str(error)))

        async def advance(connection: asyncpg.Connection) -> None:
            await bury(connection, unreadable)
            await claim.advance_past(connection, messages[-1])

        async with self._turns:
            await self._pipeline.process(events, advance)
