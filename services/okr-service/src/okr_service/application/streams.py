"""From streams to states: loading, and remembering what was loaded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from helmlog_events.envelope import RecordedEvent, StreamWrite
from helmlog_events.ids import stream_id

from okr_service.domain.aggregates import Aggregate
from okr_service.domain.cut import Cut

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[State]):
    """A state at `version` of its stream; `last_at` is the latest time any event of it was true."""

    stream: str
    state: State
    version: int = 0
    last_at: datetime | None = None

    @property
    def guard(self) -> StreamWrite:
        """For an append that rests on this state without changing it."""
        return StreamWrite(self.stream, self.version, ())


Narrowed = TypeVar("Narrowed")


def narrowed(loaded: Loaded[Any], state: Narrowed) -> Loaded[Narrowed]:
    """The same, now that its state is known to be of a narrower type."""
    return Loaded(loaded.stream, state, loaded.version, loaded.last_at)


class StreamReader(Protocol):
    async def read_stream(
        self, tenant: str, stream: str, *, after_version: int = 0, up_to_seq: int | None = None
    ) -> Sequence[RecordedEvent]: ...


class TransactionReader(Protocol):
    async def read_stream(self, tenant: str, stream: str) -> Sequence[RecordedEvent]: ...


class Streams:
    """Loads states. What was folded once is kept, and only what came after it is read again:
    a log only grows, so what is kept can be behind, never wrong.
    """

    def __init__(self, reader: StreamReader, *, keep: int = 10_000) -> None:
        self._reader = reader
        self._keep = keep
        self._kept: OrderedDict[tuple[str, str], Loaded[Any]] = OrderedDict()

    async def load(self, aggregate: Aggregate[State], tenant: str, key: UUID) -> Loaded[State]:
        """The state as it stands now."""
        kept = self._recall(aggregate, tenant, key)
        news = await self._reader.read_stream(tenant, kept.stream, after_version=kept.version)
        return self._remember(tenant, fold(aggregate, kept, news))

    async def load_at(
        self, aggregate: Aggregate[State], tenant: str, key: UUID, cut: Cut
    ) -> Loaded[State]:
        """The state that the facts within `cut` make up."""
        if cut.valid_at is None and cut.up_to_seq is None:
            return await self.load(aggregate, tenant, key)
        start = Loaded(stream_id(aggregate.category, key), aggregate.initial)
        return fold(aggregate, start, await self.read(tenant, start.stream, cut))

    async def read(self, tenant: str, stream: str, cut: Cut) -> Sequence[RecordedEvent]:
        """The events of a stream that are within `cut`."""
        events = await self._reader.read_stream(tenant, stream, up_to_seq=cut.up_to_seq)
        valid_at = cut.valid_at
        if valid_at is None:
            return events
        return [event for event in events if event.occurred_at <= valid_at]

    async def load_in(
        self, transaction: TransactionReader, aggregate: Aggregate[State], tenant: str, key: UUID
    ) -> Loaded[State]:
        """The state as it will stand at the end of `transaction`, staged events included."""
        kept = self._recall(aggregate, tenant, key)
        events = await transaction.read_stream(tenant, kept.stream)
        # A staged event has no hash yet, and may never get one: it is not to be remembered.
        recorded = sum(1 for event in events if event.hash)
        known = self._remember(tenant, fold(aggregate, kept, events[kept.version : recorded]))
        return fold(aggregate, known, events[recorded:])

    def _recall(self, aggregate: Aggregate[State], tenant: str, key: UUID) -> Loaded[State]:
        stream = stream_id(aggregate.category, key)
        return self._kept.get((tenant, stream)) or Loaded(stream, aggregate.initial)

    def _remember(self, tenant: str, loaded: Loaded[State]) -> Loaded[State]:
        if loaded.version:
            place = (tenant, loaded.stream)
            known = self._kept.get(place)
            if known is None or known.version <= loaded.version:
                self._kept[place] = loaded
                self._kept.move_to_end(place)
            if len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        return loaded


def fold(
    aggregate: Aggregate[State], start: Loaded[State], events: Iterable[RecordedEvent]
) -> Loaded[State]:
    state, version, last_at = start.state, start.version, start.last_at
    for record in events:
        state = aggregate.evolve(state, record.event)
        version = record.version
        last_at = record.occurred_at if last_at is None else max(last_at, record.occurred_at)
    return Loaded(start.stream, state, version, last_at)
