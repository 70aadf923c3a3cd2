"""Commands on sources: load the stream, fold, decide, and say what is to be written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from helmlog_events.contracts.reservations import NameReserved
from helmlog_events.envelope import NEW_STREAM, NewEvent, StreamWrite
from helmlog_events.ids import stream_id
from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncEngine

from kpi_service.application.catalogue import Catalogue
from kpi_service.application.handlers import StreamReader
from kpi_service.domain.source.decide import RegisterSource, SourceCommand, decide
from kpi_service.domain.source.events import SourceEvent
from kpi_service.domain.source.history import DatedEvent, SourceView, view_at
from kpi_service.domain.source.refusals import SourceKPIUnknown, SourceNameTaken, SourceUnknown
from kpi_service.domain.source.state import fold


@dataclass(frozen=True, slots=True)
class DecidedSource:
    """`before` is the version the decision rests on, 0 for a new source."""

    view: SourceView
    before: int
    writes: tuple[StreamWrite, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources in the log: never stale, for a stream is read each time."""

    reader: StreamReader
    engine: AsyncEngine
    catalogue: Catalogue

    async def load(
        self,
        tenant: str,
        source_id: UUID,
        valid_at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> SourceView:
        """Raises `SourceUnknown`, also for what was not registered by then."""
        view = view_at(await self._events(tenant, source_id), valid_at, known_at)
        if view is None:
            raise SourceUnknown(source_id)
        return view

    async def decide(self, tenant: str, command: SourceCommand) -> DecidedSource:
        """Raises a `Refusal`; a registration reserves its name in the same append."""
        source_id = source_of(command)
        events = await self._events(tenant, source_id)
        new = decide(command, fold(one.event for one in events))
        view = view_at([*events, *(DatedEvent(event, command.at, command.at) for event in new)])
        if view is None:
            raise SourceUnknown(source_id)
        writes: list[StreamWrite] = []
        if isinstance(command, RegisterSource):
            writes.append(await self._reservation(tenant, command))
        if new:
            stream = stream_id("source", source_id)
            recorded = tuple(NewEvent(event, command.at) for event in new)
            writes.append(StreamWrite(stream, len(events), recorded))
        return DecidedSource(view, len(events), tuple(writes))

    async def kpi_ids(self, tenant: str, keys: Collection[tuple[str, str]]) -> dict[str, UUID]:
        """The ids behind slugs and ids, each given with the field it stands in.

        Raises `SourceKPIUnknown` for the first that is none.
        """
        async with self.engine.connect() as connection:
            found = await self.catalogue.find(
                await driver(connection), tenant, {key for _, key in keys}
            )
        for field, key in keys:
            if key not in found:
                raise SourceKPIUnknown(field, key)
        return found

    async def _events(self, tenant: str, source_id: UUID) -> Sequence[DatedEvent]:
        return [
            DatedEvent(cast("SourceEvent", one.event), one.occurred_at, one.recorded_at)
            for one in await self.reader.read_stream(tenant, stream_id("source", source_id))
        ]

    async def _reservation(self, tenant: str, command: RegisterSource) -> StreamWrite:
        name = command.registration.name
        stream = stream_id("source_name", name)
        if await self.reader.read_stream(tenant, stream):
            raise SourceNameTaken(name)
        reserved = NewEvent(NameReserved(holder=command.registration.source_id), command.at)
        return StreamWrite(stream, NEW_STREAM, (reserved,))


def source_of(command: SourceCommand) -> UUID:
    if isinstance(command, RegisterSource):
        return command.registration.source_id
    return command.source_id
