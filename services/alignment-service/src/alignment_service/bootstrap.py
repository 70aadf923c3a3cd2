"""The only place that builds things."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from helmlog_events.pipeline.pipeline import Pipeline
from helmlog_events.pipeline.tail import LogTail
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_web.app import create_service_app
from helmlog_web.auth import Authenticator
from helmlog_web.health import ReadinessCheck
from helmlog_web.tokens import create_authenticator
from helmlog_web.worker import Worker, create_worker
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alignment_service.api.dependencies import Alignment
from alignment_service.api.errors import REFUSALS
from alignment_service.api.routes import ROUTERS
from alignment_service.application.graphs import LinkGraphs, StagedGraphs
from alignment_service.application.handlers import PATIENCE, LinkHandlers
from alignment_service.application.reactions import (
    DraftedUnderReaction,
    MovedKeyResultReaction,
    RiskReaction,
    RollUpReaction,
)
from alignment_service.readmodel.graph import GraphQueries
from alignment_service.readmodel.projections import PROJECTIONS
from alignment_service.readmodel.queries import LinkQueries, NodeQueries, read_position
from alignment_service.settings import AlignmentSettings

SOURCE: Final = "alignment"


def create_app(settings: AlignmentSettings) -> FastAPI:
    engine = create_engine(settings.database_url, application="alignment-service")
    return assemble(engine, create_authenticator(settings), max_body_size=settings.max_body_size)


def assemble(
    engine: AsyncEngine,
    authenticator: Authenticator,
    *,
    max_body_size: int = 10 * 1024 * 1024,
    patience: float = PATIENCE,
) -> FastAPI:
    """The application on `engine`, which it disposes of when it ends."""
    store = PostgresStore(engine)
    graphs = LinkGraphs(store)
    nodes = NodeQueries(engine)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await store.close()
        await engine.dispose()

    async def database_answers() -> None:
        async with engine.connect() as sql:
            await sql.execute(text("SELECT 1"))

    app = create_service_app(
        title="Helmlog alignment-service",
        version=version("alignment-service"),
        routers=ROUTERS,
        authenticator=authenticator,
        read_position=lambda: read_position(engine),
        log=LogTail(engine),
        refusals=REFUSALS,
        readiness=[ReadinessCheck("database", database_answers)],
        lifespan=lifespan,
        max_body_size=max_body_size,
    )
    app.state.alignment = Alignment(
        store=store,
        graphs=graphs,
        handlers=LinkHandlers(graphs, nodes, patience=patience),
        nodes=nodes,
        links=LinkQueries(engine),
        graph=GraphQueries(engine),
    )
    return app


def create_pipeline(store: PostgresStore) -> Pipeline:
    """What the worker does with events."""
    graphs = StagedGraphs()
    return Pipeline(
        store,
        own_source=SOURCE,
        projections=PROJECTIONS,
        reactions=(
            RollUpReaction(),
            RiskReaction(),
            DraftedUnderReaction(graphs),
            MovedKeyResultReaction(graphs),
        ),
    )


@asynccontextmanager
async def open_worker(settings: AlignmentSettings) -> AsyncIterator[Worker]:
    """The worker, with its engine for the length of the block."""
    engine = create_engine(settings.database_url, application="alignment-service-worker")
    store = PostgresStore(engine)
    try:
        yield create_worker(engine, create_pipeline(store), settings.kafka_bootstrap)
    finally:
        await store.close()
        await engine.dispose()
