from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from helmlog_events import clock
from helmlog_events.store.protocol import EventStore
from helmlog_web.auth import Principal, require
from helmlog_web.commands import CommandContext, command_context
from helmlog_web.reads import AsOfQuery, min_seq

from okr_service.api.board_page import RenderedObjectives
from okr_service.application.comments import CommentHandlers
from okr_service.application.cycles import CycleHandlers
from okr_service.application.fiscal_calendars import FiscalCalendarHandlers
from okr_service.application.imports import ImportHandlers
from okr_service.application.initiatives import InitiativeHandlers
from okr_service.application.key_results import KeyResultHandlers
from okr_service.application.objectives import ObjectiveHandlers
from okr_service.application.organisation import OrganisationHandlers
from okr_service.application.strategy import StrategyHandlers
from okr_service.application.streams import Streams
from okr_service.domain.cut import Cut
from okr_service.readmodel.bindings import KPIHistory
from okr_service.readmodel.boards import Boards
from okr_service.readmodel.comments import Comments
from okr_service.readmodel.imports import ImportQueries, KPIs
from okr_service.readmodel.key_results import KeyResultQueries
from okr_service.readmodel.queries import Queries
from okr_service.readmodel.rendered import RenderedBoards
from okr_service.readmodel.search import Search


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with; `bootstrap` builds it."""

    store: EventStore
    streams: Streams
    cycles: CycleHandlers
    fiscal_calendars: FiscalCalendarHandlers
    objectives: ObjectiveHandlers
    key_results: KeyResultHandlers
    queries: Queries
    rendered: RenderedBoards
    rendered_objectives: RenderedObjectives
    organisation: OrganisationHandlers
    strategy: StrategyHandlers
    initiatives: InitiativeHandlers
    comments: CommentHandlers
    comment_lists: Comments
    search: Search
    imports: ImportHandlers
    import_queries: ImportQueries
    kpis: KPIs
    key_result_queries: KeyResultQueries
    kpi_history: KPIHistory

    @property
    def boards(self) -> Boards:
        return self.queries.boards


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


UsedServices = Annotated[Services, Depends(_services)]

Reader = Annotated[Principal, Depends(require())]
Writer = Annotated[Principal, Depends(require("contributor", "owner", "admin"))]
Command = Annotated[CommandContext, Depends(command_context("contributor", "owner", "admin"))]
"""The context of a write, for those who may write."""

seen = Depends(min_seq)
"""For reads of read models: waits for the caller's own write."""


async def _cut(as_of: AsOfQuery, services: UsedServices) -> Cut:
    up_to_seq = None if as_of.known_at is None else await services.store.seq_at(as_of.known_at)
    moment = as_of.valid_at or as_of.known_at or clock.now()
    return Cut(moment, as_of.valid_at, up_to_seq, as_of.known_at)


UsedCut = Annotated[Cut, Depends(_cut)]
"""The moment asked for by `valid_at` and `known_at`; now, if neither is given."""


def as_it_stands(moment_of: CommandContext) -> Cut:
    """What a command decides on: everything known, at its own time."""
    return Cut(moment_of.now)
