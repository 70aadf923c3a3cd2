"""The only place that builds things."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from helmlog_events.pipeline.pipeline import Pipeline
from helmlog_events.pipeline.tail import LogTail
from helmlog_events.pipeline.timers import Timers
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_web.app import create_service_app
from helmlog_web.auth import Authenticator
from helmlog_web.health import ReadinessCheck
from helmlog_web.tokens import create_authenticator
from helmlog_web.worker import Worker, create_worker, progressing
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from okr_service.api.board_page import RenderedObjectives
from okr_service.api.dependencies import Services
from okr_service.api.errors import REFUSALS
from okr_service.api.routes import ROUTERS
from okr_service.application.comments import CommentHandlers
from okr_service.application.cycles import CycleHandlers
from okr_service.application.fiscal_calendars import FiscalCalendarHandlers
from okr_service.application.guardrails import GuardKeyResults
from okr_service.application.imports import ImportHandlers
from okr_service.application.initiatives import InitiativeHandlers
from okr_service.application.key_results import KeyResultHandlers
from okr_service.application.objectives import ObjectiveHandlers
from okr_service.application.organisation import OrganisationHandlers
from okr_service.application.reactions import FollowKPIs
from okr_service.application.strategy import StrategyHandlers
from okr_service.application.streams import Streams
from okr_service.application.targets import ResolveTargets
from okr_service.application.timers import CheckInReminder, CycleTimer
from okr_service.readmodel.bindings import KPIBindings, KPIHistory
from okr_service.readmodel.boards import Boards
from okr_service.readmodel.comments import Comments
from okr_service.readmodel.fiscal_calendars import FiscalCalendars
from okr_service.readmodel.heads import CycleHeads
from okr_service.readmodel.imports import ImportQueries, KPIs
from okr_service.readmodel.key_results import KeyResultQueries
from okr_service.readmodel.position import read_position
from okr_service.readmodel.projections import PROJECTIONS
from okr_service.readmodel.queries import Queries
from okr_service.readmodel.rendered import RenderedBoards
from okr_service.readmodel.search import Search
from okr_service.readmodel.timers import CycleSchedule, Reminders
from okr_service.settings import Settings

NAME: Final = "okr-service"
SOURCE: Final = "okr"


def create_app(settings: Settings) -> FastAPI:
    engine = create_engine(settings.database_url, application=NAME)
    return assemble(engine, create_authenticator(settings), max_body_size=settings.max_body_size)


def assemble(
    engine: AsyncEngine, authenticator: Authenticator, *, max_body_size: int = 10 * 1024 * 1024
) -> FastAPI:
    """The application on `engine`, which it disposes of when it ends."""
    store = PostgresStore(engine)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await store.close()
            await engine.dispose()

    async def database_answers() -> None:
        async with engine.connect() as sql:
            await sql.execute(text("SELECT 1"))

    app = create_service_app(
        title="Helmlog okr-service",
        version=version(NAME),
        routers=ROUTERS,
        authenticator=authenticator,
        read_position=lambda: read_position(engine),
        log=LogTail(engine),
        refusals=REFUSALS,
        readiness=[ReadinessCheck("database", database_answers)],
        lifespan=lifespan,
        max_body_size=max_body_size,
    )
    streams = Streams(store)
    calendars = FiscalCalendarHandlers(streams)
    app.state.services = Services(
        store=store,
        streams=streams,
        cycles=CycleHandlers(store, streams, calendars),
        fiscal_calendars=calendars,
        objectives=ObjectiveHandlers(streams),
        key_results=KeyResultHandlers(streams),
        queries=Queries(engine, Boards(engine), FiscalCalendars(engine)),
        rendered=RenderedBoards(CycleHeads(engine, SOURCE)),
        rendered_objectives=RenderedObjectives(),
        organisation=OrganisationHandlers(store, streams),
        strategy=StrategyHandlers(store, streams),
        initiatives=InitiativeHandlers(streams),
        comments=CommentHandlers(streams),
        comment_lists=Comments(engine),
        search=Search(engine),
        imports=ImportHandlers(streams),
        import_queries=ImportQueries(engine),
        kpis=KPIs(engine),
        key_result_queries=KeyResultQueries(engine),
        kpi_history=KPIHistory(engine),
    )
    return app


def create_pipeline(store: PostgresStore) -> Pipeline:
    """What the worker does with events."""
    streams, bindings = Streams(store), KPIBindings()
    return Pipeline(
        store,
        own_source=SOURCE,
        projections=PROJECTIONS,
        reactions=(
            FollowKPIs(streams, bindings),
            ResolveTargets(streams, bindings),
            GuardKeyResults(streams, bindings),
        ),
    )


def create_timers(engine: AsyncEngine, store: PostgresStore) -> Timers:
    """What the worker does when an instant comes."""
    streams = Streams(store)
    reminders = Reminders(Boards(engine, keep=1_000))
    return Timers(
        engine,
        store,
        [CycleTimer(streams, CycleSchedule()), CheckInReminder(streams, reminders)],
    )


@asynccontextmanager
async def open_worker(settings: Settings) -> AsyncIterator[Worker]:
    """The worker, with its engine for the length of the block."""
    engine = create_engine(settings.database_url, application=f"{NAME}-worker")
    store = PostgresStore(engine)
    try:
        timers = create_timers(engine, store)
        yield create_worker(
            engine,
            create_pipeline(store),
            settings.kafka_bootstrap,
            tasks={"timers": timers.run},
            readiness=[progressing("timers", lambda: timers.seconds_since_success)],
        )
    finally:
        await store.close()
        await engine.dispose()
