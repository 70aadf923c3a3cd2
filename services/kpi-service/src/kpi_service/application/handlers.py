"""Commands on a KPI's definition: load the stream, fold, decide, and say what is to be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, cast
from uuid import UUID

from helmlog_events.contracts.reservations import NameReserved
from helmlog_events.envelope import NEW_STREAM, NewEvent, RecordedEvent, StreamWrite
from helmlog_events.ids import stream_id

from kpi_service.application.hierarchy import load_above
from kpi_service.domain.kpi.as_of import DatedEvent, fold_as_of
from kpi_service.domain.kpi.decide import DefineKPI, KPICommand, ReviseKPI, decide
from kpi_service.domain.kpi.events import KPIEvent, true_since
from kpi_service.domain.kpi.refusals import KPIUnknown, SlugTaken
from kpi_service.domain.kpi.state import KPI, KPIState, evolve


class StreamReader(Protocol):
    async def read_stream(
        self, tenant: str, stream: str, *, after_version: int = 0, up_to_seq: int | None = None
    ) -> Sequence[RecordedEvent]: ...


@dataclass(frozen=True, slots=True)
class Loaded:
    kpi: KPI
    version: int

    @property
    def kpi_id(self) -> UUID:
        return self.kpi.definition.kpi_id


@dataclass(frozen=True, slots=True)
class Decided:
    """`before` is the version the decision rests on, 0 for a new KPI."""

    kpi: KPI
    before: int
    version: int
    writes: tuple[StreamWrite, ...]


@dataclass(frozen=True, slots=True)
class Definitions:
    """The definitions in the log: never stale, for a stream is read each time."""

    reader: StreamReader

    async def find(self, tenant: str, key: str) -> UUID:
        """The KPI behind an id or a slug; raises `KPIUnknown`."""
        try:
            return UUID(key)
        except ValueError:
            pass
        for record in await self.reader.read_stream(tenant, stream_id("kpi_slug", key)):
            if isinstance(reserved := record.event, NameReserved):
                return reserved.holder
        raise KPIUnknown(key)

    async def load(
        self,
        tenant: str,
        kpi_id: UUID,
        *,
        valid_at: datetime | None = None,
        up_to_seq: int | None = None,
    ) -> Loaded:
        """Raises `KPIUnknown`, also for what was not defined by `up_to_seq`."""
        state, version = await self._state(tenant, kpi_id, valid_at, up_to_seq)
        if not isinstance(state, KPI):
            raise KPIUnknown(kpi_id)
        return Loaded(state, version)

    async def load_by_key(
        self,
        tenant: str,
        key: str,
        *,
        valid_at: datetime | None = None,
        up_to_seq: int | None = None,
    ) -> Loaded:
        """As `load`, by id or slug."""
        kpi_id = await self.find(tenant, key)
        return await self.load(tenant, kpi_id, valid_at=valid_at, up_to_seq=up_to_seq)

    async def records(
        self, tenant: str, kpi_id: UUID, *, up_to_seq: int | None = None
    ) -> Sequence[RecordedEvent]:
        """All that was recorded of a KPI's definition, in order; raises `KPIUnknown`."""
        records = await self.reader.read_stream(
            tenant, stream_id("kpi", kpi_id), up_to_seq=up_to_seq
        )
        if not records:
            raise KPIUnknown(kpi_id)
        return records

    async def decide(self, tenant: str, command: KPICommand) -> Decided:
        """Raises a `Refusal`; a definition reserves its slug in the same append, and what becomes a
        part of another KPI rests on all that that one is a part of.
        """
        kpi_id = kpi_of(command)
        guards: tuple[StreamWrite, ...] = ()
        if (parent_id := _named_parent(command)) is not None:
            above = await load_above(lambda wanted: self._state(tenant, wanted), parent_id)
            if isinstance(command, ReviseKPI):
                command = replace(command, above=tuple(one.kpi.definition.kpi_id for one in above))
                guards = tuple(one.guard for one in above)
        state, version = await self._state(tenant, kpi_id)
        events = decide(command, state)
        after = state
        for event in events:
            after = evolve(after, event)
        if not isinstance(after, KPI):
            raise KPIUnknown(kpi_id)
        writes: list[StreamWrite] = []
        if isinstance(command, DefineKPI):
            writes.append(await self._reservation(tenant, command, kpi_id))
        if events:
            new = tuple(NewEvent(event, true_since(event, command.at)) for event in events)
            writes.append(StreamWrite(stream_id("kpi", kpi_id), version, new))
        return Decided(after, version, version + len(events), (*writes, *guards))

    async def _state(
        self,
        tenant: str,
        kpi_id: UUID,
        valid_at: datetime | None = None,
        up_to_seq: int | None = None,
    ) -> tuple[KPIState, int]:
        records = await self.reader.read_stream(
            tenant, stream_id("kpi", kpi_id), up_to_seq=up_to_seq
        )
        dated = (
            DatedEvent(cast("KPIEvent", record.event), record.occurred_at, record.seq)
            for record in records
        )
        return fold_as_of(dated, valid_at, up_to_seq), len(records)

    async def _reservation(self, tenant: str, command: DefineKPI, kpi_id: UUID) -> StreamWrite:
        stream = stream_id("kpi_slug", command.definition.slug)
        if await self.reader.read_stream(tenant, stream):
            raise SlugTaken(command.definition.slug)
        reserved = NewEvent(NameReserved(holder=kpi_id), command.at)
        return StreamWrite(stream, NEW_STREAM, (reserved,))


def kpi_of(command: KPICommand) -> UUID:
    return command.definition.kpi_id if isinstance(command, DefineKPI) else command.kpi_id


def _named_parent(command: KPICommand) -> UUID | None:
    match command:
        case DefineKPI():
            return command.definition.parent_id
        case ReviseKPI():
            named = command.fields.get("parent_id")
            return named if isinstance(named, UUID) else None
        case _:
            return None
