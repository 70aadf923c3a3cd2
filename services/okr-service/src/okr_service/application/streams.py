"""From streams to states: loading, and remembering what was loaded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from helmlog_events.basis import Basis, current_basis
from helmlog_events.contracts.event import REGISTRY, Event
from helmlog_events.envelope import NewEvent, RecordedEvent, StreamWrite
from helmlog_events.ids import stream_id

from okr_service.domain.aggregates import Aggregate, event_of
from okr_service.domain.cut import Cut

State = TypeVar("State")

StreamKey = UUID | str
"""What a stream is of: an id, or `all` where a tenant has one."""


State_co = TypeVar("State_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[State_co]):
    """A state at `version` of its stream; `last_at` is the latest time any event of it was true."""

    stream: str
    state: State_co
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

    async def read_streams(
        self, tenant: str, after_versions: Mapping[str, int], *, up_to_seq: int | None = None
    ) -> Mapping[str, Sequence[RecordedEvent]]: ...


class TransactionReader(Protocol):
    async def read_stream(
        self, tenant: str, stream: str, *, after_version: int = 0
    ) -> Sequence[RecordedEvent]: ...


class Streams:
    """Loads states. What was folded once is kept, and only what came after it is read again:
    a log only grows, so what is kept can be behind, never wrong. Where a decision may trust its
    memory, nothing is read.
    """

    def __init__(self, reader: StreamReader, *, keep: int = 10_000) -> None:
        self._reader = reader
        self._keep = keep
        self._kept: OrderedDict[tuple[str, str], Loaded[Any]] = OrderedDict()
        self._aggregates: dict[str, Aggregate[Any]] = {}

    async def load(self, aggregate: Aggregate[State], tenant: str, key: StreamKey) -> Loaded[State]:
        """The state as it stands now, or as the decision under way has seen it."""
        kept = self._recall(aggregate, tenant, key)
        basis = current_basis()
        if basis is None:
            return await self._refresh(aggregate, tenant, kept)
        place = (tenant, kept.stream)
        if place not in basis.loaded:
            basis.memory = self
            loaded = await self._on(basis, aggregate, tenant, kept)
            basis.loaded.setdefault(place, loaded)
        seen: Loaded[State] = basis.loaded[place]
        return seen

    async def load_at(
        self, aggregate: Aggregate[State], tenant: str, key: StreamKey, cut: Cut
    ) -> Loaded[State]:
        """The state that the facts within `cut` make up."""
        if cut.valid_at is None and cut.up_to_seq is None:
            return await self.load(aggregate, tenant, key)
        start = Loaded(stream_id(aggregate.category, key), aggregate.initial)
        return fold(aggregate, start, await self.read(tenant, start.stream, cut))

    async def read(self, tenant: str, stream: str, cut: Cut) -> Sequence[RecordedEvent]:
        """The events of a stream that are within `cut`."""
        events = await self._reader.read_stream(tenant, stream, up_to_seq=cut.up_to_seq)
        return _true_by(cut.valid_at, events)

    async def load_many(
        self, aggregate: Aggregate[State], tenant: str, keys: Iterable[UUID], cut: Cut | None = None
    ) -> dict[UUID, Loaded[State]]:
        """Many states with one question to the log: as they stand, or within `cut`."""
        valid_at = None if cut is None else cut.valid_at
        up_to_seq = None if cut is None else cut.up_to_seq
        now = valid_at is None and up_to_seq is None
        start = {
            key: self._recall(aggregate, tenant, key)
            if now
            else Loaded(stream_id(aggregate.category, key), aggregate.initial)
            for key in keys
        }
        found = await self._reader.read_streams(
            tenant,
            {kept.stream: kept.version for kept in start.values()},
            up_to_seq=up_to_seq,
        )
        loaded: dict[UUID, Loaded[State]] = {}
        for key, kept in start.items():
            folded = fold(aggregate, kept, _true_by(valid_at, found.get(kept.stream, ())))
            loaded[key] = self._remember(tenant, folded) if now else folded
        return loaded

    async def load_in(
        self, transaction: TransactionReader, aggregate: Aggregate[State], tenant: str, key: UUID
    ) -> Loaded[State]:
        """The state as it will stand at the end of `transaction`, staged events included."""
        kept = self._recall(aggregate, tenant, key)
        events = await transaction.read_stream(tenant, kept.stream, after_version=kept.version)
        # A staged event has no hash yet, and may never get one: it is not to be remembered.
        recorded = sum(1 for event in events if event.hash)
        known = self._remember(tenant, fold(aggregate, kept, events[:recorded]))
        return fold(aggregate, known, events[recorded:])

    def learn(self, tenant: str, writes: Sequence[StreamWrite]) -> None:
        """Goes on from what was decided on to what was committed."""
        for write in writes:
            aggregate = self._aggregates.get(write.stream.partition("-")[0])
            if aggregate is None or aggregate.read is not event_of or not write.events:
                continue  # what rests on more than its events is read again
            kept = self._kept.get((tenant, write.stream)) or Loaded(write.stream, aggregate.initial)
            if kept.version == write.expected:
                self._remember(tenant, _advance(aggregate, kept, write.events))

    async def _on(
        self, basis: Basis, aggregate: Aggregate[State], tenant: str, kept: Loaded[State]
    ) -> Loaded[State]:
        # What was never seen may well be there: only what is kept can be trusted.
        if not (basis.trusting and kept.version):
            return await self._refresh(aggregate, tenant, kept)
        basis.recalled.add((kept.stream, kept.version))
        return kept

    async def _refresh(
        self, aggregate: Aggregate[State], tenant: str, kept: Loaded[State]
    ) -> Loaded[State]:
        news = await self._reader.read_stream(tenant, kept.stream, after_version=kept.version)
        return self._remember(tenant, fold(aggregate, kept, news))

    def _recall(self, aggregate: Aggregate[State], tenant: str, key: StreamKey) -> Loaded[State]:
        self._aggregates[aggregate.category] = aggregate
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


def _true_by(moment: datetime | None, events: Sequence[RecordedEvent]) -> Sequence[RecordedEvent]:
    if moment is None:
        return events
    return [event for event in events if event.occurred_at <= moment]


def fold(
    aggregate: Aggregate[State], start: Loaded[State], events: Iterable[RecordedEvent]
) -> Loaded[State]:
    state, version, last_at = start.state, start.version, start.last_at
    for record in events:
        state = aggregate.evolve(state, aggregate.read(record))
        version = record.version
        last_at = record.occurred_at if last_at is None else max(last_at, record.occurred_at)
    return Loaded(start.stream, state, version, last_at)


def _advance(
    aggregate: Aggregate[State], start: Loaded[State], events: Sequence[NewEvent]
) -> Loaded[State]:
    state, last_at = start.state, start.last_at
    for new in events:
        state = aggregate.evolve(state, _as_recorded(new))
        last_at = new.occurred_at if last_at is None else max(last_at, new.occurred_at)
    return Loaded(start.stream, state, start.version + len(events), last_at)


def _as_recorded(new: NewEvent) -> Event:
    # What is remembered is what the log would give back, to the digit.
    return REGISTRY.read(new.event.event_type, new.event.schema_version, new.data)
