from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from helmlog_events import clock
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_web.auth import Principal, require
from helmlog_web.commands import CommandContext, command_context
from helmlog_web.reads import AsOfQuery, min_seq

from kpi_service.application.analysis.analyses import Analyses
from kpi_service.application.breach_periods import BreachPeriods
from kpi_service.application.breaches import BreachDealings
from kpi_service.application.formats import Chunk
from kpi_service.application.formulas import Formulas
from kpi_service.application.handlers import Definitions
from kpi_service.application.intake import Intake
from kpi_service.application.latest import Latest
from kpi_service.application.lineage import Lineages
from kpi_service.application.recording import Recording
from kpi_service.application.remote_write.intake import RemoteWrite
from kpi_service.application.sources import Sources
from kpi_service.readmodel.breaches import Breaches
from kpi_service.readmodel.imports import ImportQueries
from kpi_service.readmodel.listing import Listing
from kpi_service.readmodel.moments import Moment
from kpi_service.readmodel.queries import Queries
from kpi_service.readmodel.sources import SourceQueries
from kpi_service.readmodel.values import Values


@dataclass(frozen=True, slots=True)
class BodyBounds:
    """Of readings over HTTP: `json` in bytes, `patience` in seconds for the next piece."""

    chunk: Chunk
    json: int
    patience: float


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with; `bootstrap` builds it."""

    store: PostgresStore
    definitions: Definitions
    formulas: Formulas
    lineages: Lineages
    recording: Recording
    intake: Intake
    bounds: BodyBounds
    queries: Queries
    listing: Listing
    values: Values
    imports: ImportQueries
    latest: Latest
    breaches: Breaches
    breach_periods: BreachPeriods
    dealings: BreachDealings
    sources: Sources
    source_queries: SourceQueries
    remote_write: RemoteWrite
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
    CommandContext,
    Depends(command_context("ingest", "contributor", "owner", "admin", streamed=True, keys=True)),
]
SourceCommandContext = Annotated[CommandContext, Depends(command_context("owner", "admin"))]
KeyHolder = Annotated[Principal, Depends(require("ingest", keys=True))]

seen = Depends(min_seq)
"""For reads of read models: waits for the caller's own write."""


async def up_to_seq(services: Services, known_at: datetime | None) -> int | None:
    """Where the log ended at `known_at`; None for now."""
    return None if known_at is None else await services.store.seq_at(known_at)


async def _moment(as_of: AsOfQuery, services: UsedServices) -> Moment:
    return Moment(
        as_of.valid_at or as_of.known_at or clock.now(),
        as_of.valid_at,
        as_of.known_at,
        await up_to_seq(services, as_of.known_at),
    )


UsedMoment = Annotated[Moment, Depends(_moment)]
"""The moment asked for by `valid_at` and `known_at`; now, if neither is given."""
