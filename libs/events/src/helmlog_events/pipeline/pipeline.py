from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
import structlog

from helmlog_events.envelope import SourcedEvent
from helmlog_events.kafka.claims import Fenced
from helmlog_events.pipeline import inbox, parking
from helmlog_events.pipeline.protocols import Projection, Reaction
from helmlog_events.pipeline.triage import triage
from helmlog_events.store.postgres.connections import is_outage
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.store.postgres.transaction import Transaction
from helmlog_events.store.protocol import VersionConflict

_log = structlog.get_logger(__name__)

Advance = Callable[[asyncpg.Connection], Awaitable[None]]
"""Moves the consumer's position within the batch's transaction; raises `Fenced`."""

Step = Callable[[SourcedEvent], Advance]
"""Gives the advance behind one event."""


class Pipeline:
    """Takes events through inbox, read models and reactions in one transaction a batch.

    An event that fails is tried again with backoff, alone, then parked, and with it the later
    events of its stream; everything else goes on.
    """

    def __init__(
        self,
        store: PostgresStore,
        *,
        own_source: str,
        projections: Sequence[Projection] = (),
        reactions: Sequence[Reaction] = (),
        attempts: int = 5,
        first_pause: float = 0.05,
    ) -> None:
        self.store = store
        self.own_source = own_source
        self.projections = projections
        self.reactions = reactions
        self._attempts = attempts
        self._first_pause = first_pause

    @property
    def foreign_sources(self) -> frozenset[str]:
        """The logs to be consumed from Kafka."""
        everything: frozenset[str] = frozenset().union(
            *(projection.sources for projection in self.projections),
            *(reaction.sources for reaction in self.reactions),
        )
        return everything - {self.own_source}

    async def process(
        self, events: Sequence[SourcedEvent], advance: Advance, step: Step | None = None
    ) -> None:
        """Applies a batch and moves the position.

        With `step` it is moved behind each event when they are applied one by one: the own log has
        no inbox to know a repeated event by, only the position.

        Raises what says that nothing can be done now: a lost connection, or `Fenced`. The caller
        tries the same batch again, or leaves it to the new holder of the position.
        """
        try:
            await self._retrying(lambda: self._apply(events, advance))
        except Exception as error:
            if _out_of_our_hands(error):
                raise
            _log.warning("batch_split", size=len(events), error=repr(error))
            await self._one_by_one(events, advance, step)

    async def redrive(self, source: str, tenant: str, stream: str) -> int:
        """Applies what is parked of a stream, from its first event on; returns how many were.

        Raises what the event that still fails raises; it and what follows stay parked.
        """
        key = (source, tenant, stream)
        async with self.store.transaction() as tx:
            waiting = (await parking.parked(tx.raw, [key])).get(key, [])
        for item in waiting:
            await self._retrying(lambda item=item: self._redrive_one(item))  # type: ignore[misc]
        return len(waiting)

    async def _one_by_one(
        self, events: Sequence[SourcedEvent], advance: Advance, step: Step | None
    ) -> None:
        async def stay(_: asyncpg.Connection) -> None:
            """The position moves once, with the last event."""

        for event in events:
            move = stay if step is None else step(event)
            try:
                await self._retrying(lambda e=event, m=move: self._apply([e], m))  # type: ignore[misc]
            except Exception as error:
                if _out_of_our_hands(error):
                    raise
                await self._park(event, error)
        await self._apply((), advance)

    async def _retrying(self, step: Callable[[], Awaitable[None]]) -> None:
        for attempt in range(1, self._attempts + 1):
            try:
                await step()
            except Exception as error:
                if _out_of_our_hands(error) or attempt == self._attempts:
                    raise
                # A conflict is a race lost, and soon run again; a failure waits longer.
                pause = self._first_pause * (
                    0.1 if isinstance(error, VersionConflict) else 2**attempt
                )
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            else:
                return

    async def _apply(self, events: Sequence[SourcedEvent], advance: Advance) -> None:
        async with self.store.transaction() as tx:
            await self._hand_out(tx, await self._sort_out(tx, events))
            await advance(tx.raw)
            await tx.append_staged()

    async def _sort_out(
        self, tx: Transaction, events: Sequence[SourcedEvent]
    ) -> Sequence[SourcedEvent]:
        if not events:
            return events
        streams = {inbox.stream_of(event) for event in events}
        waiting = await parking.parked(tx.raw, streams)
        if events[0].source == self.own_source:
            # The own log is read whole and in order: there are no duplicates and no gaps in it.
            if not waiting:
                return events
            heads = {key: items[0].event.record.version - 1 for key, items in waiting.items()}
            heads |= {
                key: event.record.version - 1
                for event in reversed(events)
                if (key := inbox.stream_of(event)) not in waiting
            }
        else:
            heads = await inbox.heads(tx.raw, streams)
        result = triage(events, heads, waiting)
        if result.park:
            await parking.park(tx.raw, result.park)
        if result.release:
            await parking.release(tx.raw, result.release)
        if result.apply and events[0].source != self.own_source:
            await inbox.insert(tx.raw, result.apply)
        return result.apply

    async def _hand_out(self, tx: Transaction, events: Sequence[SourcedEvent]) -> None:
        for projection in self.projections:
            mine = [event for event in events if event.source in projection.sources]
            if mine:
                await projection.apply(tx.sql, mine)
        for event in events:
            for reaction in self.reactions:
                if event.record.type in reaction.types and event.source in reaction.sources:
                    for append in await reaction.react(tx, event):
                        tx.stage(append)

    async def _park(self, event: SourcedEvent, error: Exception) -> None:
        async with self.store.transaction() as tx:
            item = parking.Parked(event, "failed", repr(error), self._attempts)
            await parking.park(tx.raw, [item])

    async def _redrive_one(self, item: parking.Parked) -> None:
        async with self.store.transaction() as tx:
            await parking.release(tx.raw, [item.event])
            if item.event.source != self.own_source:
                await inbox.insert(tx.raw, [item.event])
            await self._hand_out(tx, [item.event])
            await tx.append_staged()


def _out_of_our_hands(error: BaseException) -> bool:
    return isinstance(error, Fenced) or is_outage(error)
