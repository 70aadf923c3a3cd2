from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from helmlog_events.envelope import RecordedEvent
from helmlog_events.ids import stream_id

from okr_service.application.decided import Decided
from okr_service.application.streams import Loaded, StreamReader, Streams
from okr_service.application.told import decided_as_told
from okr_service.domain.aggregates import ORGANISATION
from okr_service.domain.cut import Cut
from okr_service.domain.organisation.commands import OrganisationCommand
from okr_service.domain.organisation.decide import decide
from okr_service.domain.organisation.events import UnitEvent
from okr_service.domain.organisation.refusals import UnknownUnit
from okr_service.domain.organisation.state import Organisation
from okr_service.domain.told import Told

ALL: Final = "all"
"""The key of a stream of which a tenant has one."""


class OrganisationHandlers:
    def __init__(self, reader: StreamReader, streams: Streams) -> None:
        self._reader = reader
        self._streams = streams

    async def change(
        self, tenant: str, commands: Sequence[OrganisationCommand], actor: str
    ) -> Decided[Organisation]:
        """All of them or none, one after the other. Raises the refusals of `decide`."""
        loaded = await load_organisation(self._streams, tenant)
        state, told = loaded.state, list[Told]()
        for command in commands:
            for event in decide(command, state):
                told.append(Told(event, command.since, actor))
                state = ORGANISATION.evolve(state, told[-1])
        return decided_as_told(ORGANISATION, loaded, told)

    async def history_of(self, tenant: str, unit: str, cut: Cut) -> Sequence[RecordedEvent]:
        """What was recorded of a unit within `cut`, in the order it holds; raises `UnknownUnit`."""
        records = await self._reader.read_stream(
            tenant, stream_id(ORGANISATION.category, ALL), up_to_seq=cut.up_to_seq
        )
        found = [
            record
            for record in records
            if isinstance(event := record.event, UnitEvent)
            and event.unit == unit
            and (cut.valid_at is None or record.occurred_at <= cut.valid_at)
        ]
        if not found:
            raise UnknownUnit(unit)
        return sorted(found, key=lambda record: (record.occurred_at, record.version))


async def load_organisation(
    streams: Streams, tenant: str, cut: Cut | None = None
) -> Loaded[Organisation]:
    """All that was known of it: what held when is asked of the state, at any moment."""
    if cut is None or cut.up_to_seq is None:
        return await streams.load(ORGANISATION, tenant, ALL)
    return await streams.load_at(
        ORGANISATION, tenant, ALL, Cut(cut.moment, up_to_seq=cut.up_to_seq)
    )
