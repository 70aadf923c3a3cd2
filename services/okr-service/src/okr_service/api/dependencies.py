from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from helmlog_events import clock
from helmlog_events.store.protocol import EventStore
from helmlog_web.auth import Principal, require
from helmlog_web.commands import CommandContext, command_context
from helmlog_web.reads import AsOfQuery, min_seq

from okr_service.application.cycles import CycleHandlers
from okr_service.application.key_results import KeyResultHandlers
from okr_service.application.objectives import ObjectiveHandlers
from okr_service.application.streams import Streams
from okr_service.domain.cut import Cut
from okr_service.readmodel.bindings import KPIHistory
from okr_service.readmodel.key_results import KeyResultQueries
from okr_service.readmodel.queries import Queries


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with; `bootstrap` builds it."""

    store: EventStore
    streams: Streams
    cycles: CycleHandlers
    objectives: ObjectiveHandlers
    key_results: KeyResultHandlers
    queries: Queries
    key_result_queries: KeyResultQueries
    kpi_history: KPIHistory


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


UsedServices = Annotated[Services, Depends(_services)]

Reader = Annotated[Principal, Depends(require())]
_writer = require("contributor", "owner", "admin")


async def _command(
    _principal: Annotated[Principal, Depends(_writer)],
    context: Annotated[CommandContext, Depends(command_context)],
) -> CommandContext:
    return context


Command = Annotated[CommandContext, Depends(_command)]
"""The context of a write, for those who may write."""

seen = Depends(min_seq)
"""For reads of read models: waits for the caller's own write."""


async def _cut(as_of: AsOfQuery, services: UsedServices) -> Cut:
    up_to_seq = None if as_of.known_at is None else await services.store.seq_at(as_of.known_at)
    moment = as_of.valid_at or as_of.known_at or clock.now()
    return Cut(moment, as_of.valid_at, up_to_seq)


UsedCut = Annotated[Cut, Depends(_cut)]
"""The moment asked for by `valid_at` and `known_at`; now, if neither is given."""


def as_it_stands(moment_of: CommandContext) -> Cut:
    """What a command decides on: everything known, at its own time."""
    return Cut(moment_of.now)
