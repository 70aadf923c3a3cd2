from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from helmlog_events.store.protocol import EventStore
from helmlog_web.auth import Principal, require
from helmlog_web.commands import CommandContext, command_context

from alignment_service.application.graphs import LinkGraphs
from alignment_service.application.handlers import LinkHandlers
from alignment_service.readmodel.graph import GraphQueries
from alignment_service.readmodel.queries import LinkQueries, NodeQueries


@dataclass(frozen=True, slots=True)
class Alignment:
    """What the routes work with; `bootstrap` builds it."""

    store: EventStore
    graphs: LinkGraphs
    handlers: LinkHandlers
    nodes: NodeQueries
    links: LinkQueries
    graph: GraphQueries


async def alignment(request: Request) -> Alignment:
    found: Alignment = request.app.state.alignment
    return found


Service = Annotated[Alignment, Depends(alignment)]
Command = Annotated[CommandContext, Depends(command_context("contributor", "owner", "admin"))]

read_roles = require("viewer", "contributor", "owner", "admin", "auditor")

Reader = Annotated[Principal, Depends(read_roles)]
