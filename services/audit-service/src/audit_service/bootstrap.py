"""The only place that builds things."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from helmlog_events.kafka.partitions import topic_of
from helmlog_events.kafka.relay import Relay
from helmlog_events.kafka.source import TopicSource
from helmlog_events.pipeline.dead_letters import DeadLetterOffice
from helmlog_events.pipeline.intake import Intake
from helmlog_events.pipeline.pipeline import Pipeline
from helmlog_events.pipeline.tail import LogTail
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_web.app import create_service_app
from helmlog_web.auth import Authenticator
from helmlog_web.health import NotReady, ReadinessCheck
from helmlog_web.tokens import create_authenticator
from helmlog_web.worker import STALE_AFTER, Worker
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from audit_service.api.dependencies import Witness
from audit_service.api.errors import REFUSALS
from audit_service.api.routes import ROUTERS
from audit_service.application.chain_checker import ChainChecker
from audit_service.application.verification import Verification, verify_logs
from audit_service.readmodel.history import HistoryQueries
from audit_service.readmodel.projections import PROJECTIONS, SOURCES
from audit_service.settings import AuditSettings

SOURCE: Final = "audit"

NOT_FOLLOWED: Final = "audit:not-followed"
"""The witness hears its own log from the bus like everybody else's, so that it is journaled too;
for its pipeline no log is its own."""


def create_app(settings: AuditSettings) -> FastAPI:
    engine = create_engine(settings.database_url, application="audit-service")
    return assemble(
        engine,
        create_authenticator(settings),
        settings.logs,
        max_body_size=settings.max_body_size,
    )


def assemble(
    engine: AsyncEngine,
    authenticator: Authenticator,
    logs: Mapping[str, str],
    *,
    max_body_size: int = 10 * 1024 * 1024,
) -> FastAPI:
    """The application on `engine`, which it disposes of when it ends."""
    one_at_a_time = asyncio.Lock()

    async def verify() -> Verification:
        # It reads everything there is: more than one at a time would only be slower.
        async with one_at_a_time:
            return await verify_logs(logs)

    async def journaled_of_own_log() -> int:
        async with engine.connect() as sql:
            return int(
                await sql.scalar(
                    text("SELECT coalesce(max(seq), 0) FROM inbox WHERE source = :own"),
                    {"own": SOURCE},
                )
            )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    app = create_service_app(
        title="Helmlog audit-service",
        version=version("audit-service"),
        routers=ROUTERS,
        authenticator=authenticator,
        read_position=journaled_of_own_log,
        log=LogTail(engine),
        refusals=REFUSALS,
        readiness=[_database(engine)],
        lifespan=lifespan,
        max_body_size=max_body_size,
    )
    app.state.witness = Witness(HistoryQueries(engine), verify)
    return app


def create_pipeline(store: PostgresStore) -> Pipeline:
    """What the worker does with events: keep them, and note what they concern."""
    return Pipeline(store, own_source=NOT_FOLLOWED, projections=PROJECTIONS)


def create_chain_checker(store: PostgresStore) -> ChainChecker:
    return ChainChecker(store, sorted(SOURCES))


@asynccontextmanager
async def open_worker(settings: AuditSettings) -> AsyncIterator[Worker]:
    """The worker, with its engine for the length of the block.

    It has no follower of the own log: the journal hears that one, too, from the bus.
    """
    engine = create_engine(settings.database_url, application="audit-service-worker")
    store = PostgresStore(engine)
    relay = Relay(engine, SOURCE, settings.kafka_bootstrap)
    topics = [topic_of(source) for source in sorted(SOURCES)]
    journal = TopicSource(
        engine, settings.kafka_bootstrap, topics, "inbox", Intake(create_pipeline(store))
    )
    checker = create_chain_checker(store)
    try:
        yield Worker(
            {
                "relay": relay.run,
                "journal": journal.run,
                "chain-checker": checker.run,
                "dead-letter-office": DeadLetterOffice(engine, settings.kafka_bootstrap).run,
            },
            [
                _database(engine),
                _progressing("relay", lambda: relay.progress().seconds_since_success),
                _progressing("journal", lambda: journal.progress().seconds_since_success),
                _progressing("chain-checker", lambda: checker.seconds_since_success),
            ],
        )
    finally:
        await store.close()
        await engine.dispose()


def _database(engine: AsyncEngine) -> ReadinessCheck:
    async def answers() -> None:
        async with engine.connect() as sql:
            await sql.execute(text("SELECT 1"))

    return ReadinessCheck("database", answers)


def _progressing(name: str, seconds: Callable[[], float]) -> ReadinessCheck:
    async def check() -> None:
        if (since := seconds()) > STALE_AFTER:
            raise NotReady(f"no progress for {since:.0f} s")

    return ReadinessCheck(name, check)
