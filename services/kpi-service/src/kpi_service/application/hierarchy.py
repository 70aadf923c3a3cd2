"""What a KPI is a part of, up to the top."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple
from uuid import UUID

from helmlog_events.envelope import StreamWrite
from helmlog_events.ids import stream_id

from kpi_service.domain.kpi.refusals import ParentUnknown
from kpi_service.domain.kpi.state import KPI, KPIState


class Ancestor(NamedTuple):
    kpi: KPI
    version: int

    @property
    def guard(self) -> StreamWrite:
        """Fails the append if it has changed meanwhile, its own parent for one."""
        return StreamWrite(stream_id("kpi", self.kpi.definition.kpi_id), self.version, ())


async def load_above(
    load: Callable[[UUID], Awaitable[tuple[KPIState, int]]], parent_id: UUID
) -> Sequence[Ancestor]:
    """The KPI that is to be the parent, and all that it is a part of; raises `ParentUnknown`.

    Who makes one KPI a part of another guards all of these: of two commands that together close a
    loop, each changes what the other rests on.
    """
    above: dict[UUID, Ancestor] = {}
    wanted: UUID | None = parent_id
    # Read one after the other, while others write: seen twice is a loop that never stood.
    while wanted is not None and wanted not in above:
        state, version = await load(wanted)
        if not isinstance(state, KPI):
            raise ParentUnknown(wanted)
        above[wanted] = Ancestor(state, version)
        wanted = state.definition.parent_id
    return tuple(above.values())
