"""The only place that builds things."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from helmlog_events.kafka.source import TopicSource
from helmlog_events.pipeline.pipeline import Pipeline
from helmlog_events.pipeline.protocols import TimerSource
from helmlog_events.pipeline.tail import LogTail
from helmlog_events.pipeline.timers import Timers
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_web.app import create_service_app
from helmlog_web.auth import Authenticator
from helmlog_web.health import NotReady, ReadinessCheck
from helmlog_web.tokens import create_authenticator
from helmlog_web.worker import STALE_AFTER, Worker, create_worker, progressing
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from kpi_service.api.dependencies import BodyBounds, Services
from kpi_service.api.errors import REFUSALS
from kpi_service.api.keys import SourceKeyScheme
from kpi_service.api.routes import ROUTERS
from kpi_service.application.analysis.analyses import Analyses
from kpi_service.application.analysis.pool import AnalysisPool
from kpi_service.application.breach_periods import BreachPeriods
from kpi_service.application.breaches import BreachDealings
from kpi_service.application.catalogue import Catalogue
from kpi_service.application.derivation.derivation import Derivation
from kpi_service.application.derivation.noting import DerivedDue
from kpi_service.application.formats import Chunk
from kpi_service.application.formulas import Formulas
from kpi_service.application.handlers import Definitions
from kpi_service.application.inbound import InboundReadings
from kpi_service.application.ingestion import Ingestion
from kpi_service.application.instants import Window
from kpi_service.application.intake import Intake, IntakeLimits
from kpi_service.application.judgement import Judgement
from kpi_service.application.latest import Latest
from kpi_service.application.lineage import Lineages
from kpi_service.application.partitions import Partitions
from kpi_service.application.period_timer import PeriodTimer
from kpi_service.application.policies import HeedPolicies, NotePolicies
from kpi_service.application.publication import Publication
from kpi_service.application.recording import Recording
from kpi_service.application.remote_write.intake import RemoteWrite
from kpi_service.application.remote_write.series import SeriesBook
from kpi_service.application.silences import SilenceTimer, WatchSources
from kpi_service.application.source_book import SourceBook
from kpi_service.application.source_gate import SourceGate
from kpi_service.application.source_keys import SourceKeys
from kpi_service.application.sources import Sources
from kpi_service.readmodel.breach_projection import BreachEntries, BreachHeads
from kpi_service.readmodel.breaches import Breaches
from kpi_service.readmodel.fiscal_calendars import FISCAL_CALENDARS
from kpi_service.readmodel.formula_inputs import FormulaInputs
from kpi_service.readmodel.imports import IMPORTS, ImportQueries
from kpi_service.readmodel.listing import Listing
from kpi_service.readmodel.position import read_position
from kpi_service.readmodel.projections import SOURCE, KPIList
from kpi_service.readmodel.queries import Queries
from kpi_service.readmodel.sources import SourceList, SourceQueries
from kpi_service.readmodel.values import Values
from kpi_service.settings import Settings

NAME: Final = "kpi-service"
PROJECTIONS: Final = (
    KPIList(),
    BreachHeads(),
    BreachEntries(),
    SourceList(),
    FormulaInputs(),
    FISCAL_CALENDARS,
    IMPORTS,
)
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

    ingestion = create_ingestion(settings)
    gate = create_gate(ingestion, settings)
    keys = SourceKeys(engine, gate.book)
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
        key_scheme=SourceKeyScheme(keys),
    )
    breaches, definitions, catalogue = Breaches(engine), Definitions(store), ingestion.catalogue
    window = create_window(settings)
    recording = Recording(store, ingestion, Partitions(engine), window, gate)
    source_queries = SourceQueries(engine)
    app.state.services = Services(
        store=store,
        definitions=definitions,
        formulas=Formulas(definitions, store),
        lineages=Lineages(engine),
        recording=recording,
        intake=Intake(
            IntakeLimits(
                settings.intake_requests, settings.intake_bytes, settings.intake_transactions
            )
        ),
        bounds=BodyBounds(
            Chunk(rows=settings.readings_chunk),
            settings.max_body_size,
            settings.intake_patience.total_seconds(),
        ),
        queries=Queries(engine),
        listing=Listing(engine),
        values=Values(engine),
        imports=ImportQueries(engine),
        latest=Latest(engine, store, catalogue),
        breaches=breaches,
        breach_periods=BreachPeriods(engine, store, catalogue),
        dealings=BreachDealings(store, breaches),
        sources=Sources(store, engine, ingestion.catalogue),
        source_queries=source_queries,
        remote_write=RemoteWrite(
            recording,
            keys,
            SeriesBook(engine, ingestion.catalogue),
            source_queries,
            settings.remote_write_size,
        ),
        analyses=Analyses(pool, settings.database_url),
    )
    return app


def create_window(settings: Settings) -> Window:
    return Window(settings.readings_oldest, settings.readings_future)


def create_ingestion(settings: Settings) -> Ingestion:
    return Ingestion(Catalogue(), settings.publish_every)


def create_gate(ingestion: Ingestion, settings: Settings) -> SourceGate:
    return SourceGate(ingestion.catalogue, SourceBook(), settings.sources == "registered")


def create_pipeline(store: PostgresStore) -> Pipeline:
    """What the worker does with events."""
    return Pipeline(
        store,
        own_source=SOURCE,
        projections=PROJECTIONS,
        reactions=(WatchSources(), NotePolicies(), DerivedDue(Catalogue())),
    )


def create_timers(engine: AsyncEngine, store: PostgresStore) -> Timers:
    """What the worker does when an instant comes."""
    judgement = Judgement(Catalogue())
    sources: list[TimerSource] = [
        SilenceTimer(store, judgement.fall_silent),
        PeriodTimer(judgement),
    ]
    return Timers(engine, store, sources)


def create_derivation(engine: AsyncEngine, store: PostgresStore, settings: Settings) -> Derivation:
    """Computes what is due of derived KPIs."""
    ingestion = create_ingestion(settings)
    return Derivation(store, ingestion, ingestion.catalogue, Partitions(engine))


def create_readings_source(
    engine: AsyncEngine, store: PostgresStore, settings: Settings
) -> TopicSource:
    """Takes in what upstream systems write to the inbound topic."""
    ingestion = create_ingestion(settings)
    handler = InboundReadings(
        store,
        ingestion,
        Partitions(engine),
        create_window(settings),
        settings.readings_tenant,
        create_gate(ingestion, settings),
    )
    return TopicSource(
        engine,
        settings.kafka_bootstrap,
        [READINGS_TOPIC],
        "readings",
        handler,
        read=handler.read,
        max_records=settings.readings_batch,
        max_bytes=settings.readings_batch_bytes,
    )


@asynccontextmanager
async def open_worker(settings: Settings) -> AsyncIterator[Worker]:
    """The worker, with its engine for the length of the block."""
    engine = create_engine(settings.database_url, application=f"{NAME}-worker", pool_size=40)
    store = PostgresStore(engine)
    readings = create_readings_source(engine, store, settings)
    publication = Publication(store, settings.publish_every)
    timers = create_timers(engine, store)
    policies = HeedPolicies(store, Judgement(Catalogue()))

    async def readings_progress() -> None:
        since = readings.progress().seconds_since_success
        if since > STALE_AFTER:
            raise NotReady(f"no progress for {since:.0f} s")

    try:
        yield create_worker(
            engine,
            create_pipeline(store),
            settings.kafka_bootstrap,
            tasks={
                "readings": readings.run,
                "publication": publication.run,
                "partitions": Partitions(engine).keep_ahead,
                "timers": timers.run,
                "policies": policies.run,
                "derivation": create_derivation(engine, store, settings).run,
            },
            readiness=[
                ReadinessCheck("readings", readings_progress),
                progressing("timers", lambda: timers.seconds_since_success),
            ],
        )
    finally:
        await store.close()
        await engine.dispose()
