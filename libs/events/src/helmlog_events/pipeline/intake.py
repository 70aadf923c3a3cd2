"""From Kafka messages to the pipeline; what can't be read is put aside, and the rest goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import asyncpg
from aiokafka import ConsumerRecord

from helmlog_events.envelope import SourcedEvent
from helmlog_events.kafka.claims import Claim, Fenced, advance_past
from helmlog_events.kafka.cloudevents import UnreadableMessage, decode
from helmlog_events.kafka.together import Together
from helmlog_events.pipeline.dead_letters import DeadLetter, bury
from helmlog_events.pipeline.pipeline import Pipeline

_TOGETHER: Final = 2_000
"""Messages of several partitions in one transaction."""
_AT_ONCE: Final = 4
"""There are more partitions than connections: those whose batches wait for each other's locks must
leave some to the relay and the follower.
"""


class _Coming(NamedTuple):
    claim: Claim
    messages: Sequence[ConsumerRecord]


class Intake:
    """A `BatchHandler` for topics that carry logs.

    Batches of several partitions that wait at a time are taken in together.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._together = Together(
            self._take,
            lambda one: len(one.messages),
            apart=lambda error: isinstance(error, Fenced),
            most=_TOGETHER,
            at_once=_AT_ONCE,
        )

    async def handle(self, claim: Claim, messages: Sequence[ConsumerRecord]) -> None:
        await self._together.do(_Coming(claim, messages))

    async def _take(self, coming: Sequence[_Coming]) -> None:
        events: list[SourcedEvent] = []
        unreadable: list[DeadLetter] = []
        for message in (message for one in coming for message in one.messages):
            try:
                events.append(decode(message))
            except UnreadableMessage as error:
                unreadable.append(DeadLetter.of(message, str(error)))

        async def advance(connection: asyncpg.Connection) -> None:
            await bury(connection, unreadable)
            ends = [(one.claim, one.messages[-1]) for one in coming]
            await advance_past(connection, ends)

        await self._pipeline.process(events, advance)
