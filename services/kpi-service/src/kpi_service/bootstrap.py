"""The only place that builds things."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from helmlog_events.kafka.source import TopicSource
from helmlog_events.pipeline.pipeline import Pipeline
from helmlog_events.pipeline.tail import LogTail
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_web.app import create_service_app
from helmlog_web.auth import Authenticator
from helmlog_web.health import NotReady, ReadinessCheck
from helmlog_web.tokens import create_authenticator
from helmlog_web.worker import STALE_AFTER, Worker, create_worker
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from kpi_service.api.dependencies import Services
from kpi_service.api.errors import REFUSALS
from kpi_service.api.routes import ROUTERS
from kpi_service.application.analysis.analyses import Analyses
from kpi_service.application.analysis.pool import AnalysisPool
from kpi_service.application.catalogue import Catalogue
from kpi_service.application.handlers import Definitions
from kpi_service.application.inbound import InboundReadings
from kpi_service.application.ingestion import Ingestion
from kpi_service.application.instants import Window
from kpi_service.application.partitions import Partitions
from kpi_service.application.publication import Publication
from kpi_service.application.recording import Recording
from kpi_service.readmodel.position import read_position
from kpi_service.readmodel.projections import SOURCE, BreachList, KPIList
from kpi_service.readmodel.queries import Queries
from kpi_service.settings import Settings

NAME: Final = "kpi-service"
READINGS_TOPIC: Final = "helmlog.kpi.readings.v1"


def create_app(settings: Settings) -> FastAPI:
    engine = create_engine(settings.database_url, application=NAME)
    return assemble(engine, create_authenticator(settings), settings)


def assemble(engine: AsyncEngine, authenticator: Authenticator, settings: Settings) -> FastAPI:
    """The application on `engine`, which it disposes of when it ends."""
    store = PostgresStore(engine)
    pool = AnalysisPool(
        processes=settings.analysis_processes,
        waiting=settings.analysis_waiting,
        seconds=settings.analysis_seconds,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await pool.close()
        await store.close()
        await engine.dispose()

    async def database_answers() -> None:
        async with engine.connect() as sql:
            await sql.execute(text("SELECT 1"))

    app = create_service_app(
        title="Helmlog kpi-service",
        version=version(NAME),
        routers=ROUTERS,
        authenticator=authenticator,
        read_position=lambda: read_position(engine),
        log=LogTail(engine),
        refusals=REFUSALS,
        readiness=[ReadinessCheck("database", database_answers)],
        lifespan=lifespan,
        max_body_size=settings.max_body_size,
    )
    app.state.services = Services(
        store=store,
        definitions=Definitions(store),
        recording=Recording(
            create_ingestion(settings), Partitions(engine), create_window(settings)
        ),
        queries=Queries(engine),
        analyses=Analyses(pool, settings.database_url),
    )
    return app


def create_window(settings: Settings) -> Window:
    return Window(settings.readings_oldest, settings.readings_future)


def create_ingestion(settings: Settings) -> Ingestion:
    return Ingestion(Catalogue(), settings.publish_every)


def create_pipeline(store: PostgresStore) -> Pipeline:
    """What the worker does with events."""
    return Pipeline(store, own_source=SOURCE, projections=(KPIList(), BreachList()))


def create_readings_source(
    engine: AsyncEngine, store: PostgresStore, settings: Settings
) -> TopicSource:
    """Takes in what upstream systems write to the inbound topic."""
    handler = InboundReadings(
        store,
        create_ingestion(settings),
        Partitions(engine),
        create_window(settings),
        settings.readings_tenant,
    )
    return TopicSource(
        engine,
        settings.kafka_bootstrap,
        [READINGS_TOPIC],
        "readings",
        handler,
        max_records=settings.readings_batch,
    )


@asynccontextmanager
async def open_worker(settings: Settings) -> AsyncIterator[Worker]:
    """The worker, with its engine for the length of the block."""
    engine = create_engine(settings.database_url, application=f"{NAME}-worker", pool_size=40)
    store = PostgresStore(engine)
    readings = create_readings_source(engine, store, settings)
    publication = Publication(store, settings.publish_every)

    async def readings_progress() -> None:
        since = readings.progress().seconds_since_success
        if since > STALE_AFTER:
            raise NotReady(f"no progress for {since:.0f} s")

    try:
        yield create_worker(
            engine,
            create_pipeline(store),
            settings.kafka_bootstrap,
            tasks={"readings": readings.run, "publication": publication.run},
            readiness=[ReadinessCheck("readings", readings_progress)],
        )
    finally:
        await store.close()
        await engine.dispose()
