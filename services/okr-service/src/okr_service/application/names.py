"""Unique names of cycles: a name is a stream, which says who holds it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from helmlog_events.contracts.reservations import NameReleased, NameReserved
from helmlog_events.envelope import NewEvent, StreamWrite
from helmlog_events.ids import stream_id

from okr_service.application.streams import StreamReader
from okr_service.domain.cycle.refusals import CycleNameTaken


class CycleNames:
    """Each write expects the name's stream where it was read: of two who want it one gets it."""

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader

    async def take(self, tenant: str, name: str, holder: UUID, now: datetime) -> StreamWrite:
        """Raises `CycleNameTaken`."""
        version, held_by = await self._held_by(tenant, name)
        if held_by is not None:
            raise CycleNameTaken(name)
        return StreamWrite(_stream(name), version, (NewEvent(NameReserved(holder=holder), now),))

    async def rename(
        self, tenant: str, before: str, after: str, holder: UUID, now: datetime
    ) -> tuple[StreamWrite, ...]:
        """Nothing, where only the case of letters changes. Raises `CycleNameTaken`."""
        if _stream(before) == _stream(after):
            return ()
        version, _ = await self._held_by(tenant, before)
        released = NewEvent(NameReleased(holder=holder), now)
        return (
            StreamWrite(_stream(before), version, (released,)),
            await self.take(tenant, after, holder, now),
        )

    async def _held_by(self, tenant: str, name: str) -> tuple[int, UUID | None]:
        held_by: UUID | None = None
        records = await self._reader.read_stream(tenant, _stream(name))
        for record in records:
            match record.event:
                case NameReserved(holder=holder):
                    held_by = holder
                case NameReleased():
                    held_by = None
        return len(records), held_by


def _stream(name: str) -> str:
    return stream_id("cycle_name", name.casefold())
