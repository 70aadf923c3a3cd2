from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_web.auth import Principal, require
from helmlog_web.commands import CommandContext, command_context
from helmlog_web.reads import min_seq

from kpi_service.application.analysis.analyses import Analyses
from kpi_service.application.handlers import Definitions
from kpi_service.application.recording import Recording
from kpi_service.readmodel.queries import Queries


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with; `bootstrap` builds it."""

    store: PostgresStore
    definitions: Definitions
    recording: Recording
    queries: Queries
    analyses: Analyses


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


UsedServices = Annotated[Services, Depends(_services)]

Reader = Annotated[Principal, Depends(require())]
DefinitionCommand = Annotated[
    CommandContext, Depends(command_context("contributor", "owner", "admin"))
]
ReadingsCommand = Annotated[
    CommandContext, Depends(command_context("ingest", "contributor", "owner", "admin"))
]

seen = Depends(min_seq)
"""For reads of read models: waits for the caller's own write."""
