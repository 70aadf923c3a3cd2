"""A service's second process: relay, read models, reactions - and a small face for its health."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog
import uvicorn
import uvloop
from fastapi import FastAPI
from helmlog_events.kafka.partitions import topic_of
from helmlog_events.kafka.relay import Relay
from helmlog_events.kafka.source import TopicSource
from helmlog_events.pipeline.dead_letters import DeadLetterOffice
from helmlog_events.pipeline.follower import LogFollower
from helmlog_events.pipeline.intake import Intake
from helmlog_events.pipeline.pipeline import Pipeline
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from helmlog_web.health import NotReady, ReadinessCheck, create_health_router
from helmlog_web.process import prepare_process
from helmlog_web.settings import ServiceSettings

STALE_AFTER: Final = 30.0
"""Seconds without progress after which a part of a worker counts as not ready."""

Task = Callable[[], Coroutine[Any, Any, None]]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Worker:
    """What runs, each for ever, and what tells whether it gets anywhere."""

    tasks: Mapping[str, Task]
    readiness: Sequence[ReadinessCheck] = ()


def create_worker(
    engine: AsyncEngine,
    pipeline: Pipeline,
    bootstrap: str,
    *,
    tasks: Mapping[str, Task] | None = None,
    readiness: Sequence[ReadinessCheck] = (),
) -> Worker:
    """The parts every service's worker has, and the `tasks` that only this one has."""
    relay = Relay(engine, pipeline.own_source, bootstrap)
    follower = LogFollower(engine, pipeline)
    office = DeadLetterOffice(engine, bootstrap)
    running: dict[str, Task] = {
        "relay": relay.run,
        "log-follower": follower.run,
        "dead-letter-office": office.run,
    }
    checks = [
        ReadinessCheck("database", lambda: _answers(engine)),
        progressing("relay", lambda: relay.progress().seconds_since_success),
        progressing("read-models", lambda: follower.seconds_since_success),
    ]
    if pipeline.foreign_sources:
        topics = [topic_of(source) for source in sorted(pipeline.foreign_sources)]
        source = TopicSource(engine, bootstrap, topics, "inbox", Intake(pipeline))
        running["inbox"] = source.run
        checks.append(progressing("inbox", lambda: source.progress().seconds_since_success))
    return Worker({**running, **(tasks or {})}, [*checks, *readiness])


def run_worker(
    build: Callable[[], AbstractAsyncContextManager[Worker]], settings: ServiceSettings
) -> None:
    """Runs until SIGTERM or SIGINT. Exits with 1 when a task ends by itself: none should."""
    prepare_process()
    sys.exit(uvloop.run(_run(build, settings)))


async def _run(
    build: Callable[[], AbstractAsyncContextManager[Worker]], settings: ServiceSettings
) -> int:
    async with build() as worker:
        server = _HealthServer(
            uvicorn.Config(
                _health_app(worker),
                host=settings.host,
                port=settings.health_port,
                access_log=False,
                log_config=None,
                timeout_graceful_shutdown=1,
            )
        )
        for ending in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(ending, server.stop)
        async with _running(worker) as ended:
            serving = asyncio.create_task(server.serve(), name="health")
            await asyncio.wait([serving, ended], return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                return 0
            _log.error("task_ended", task=ended.result())
            server.stop()
            await serving
            return 1


class _HealthServer(uvicorn.Server):
    """Leaves signals to the worker: uvicorn would raise them again before we have tidied up."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        self.should_exit = True


@asynccontextmanager
async def _running(worker: Worker) -> AsyncIterator[asyncio.Task[str]]:
    """Runs the tasks for the length of the block; what it yields names the first that ends."""
    tasks = [asyncio.create_task(task(), name=name) for name, task in worker.tasks.items()]

    async def first_to_end() -> str:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        task = done.pop()
        return f"{task.get_name()}: {task.exception()!r}"

    ended = asyncio.create_task(first_to_end())
    try:
        yield ended
    finally:
        for task in (*tasks, ended):
            task.cancel()
        await asyncio.gather(*tasks, ended, return_exceptions=True)


def _health_app(worker: Worker) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.include_router(create_health_router(worker.readiness))
    return app


async def _answers(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))


def progressing(name: str, seconds: Callable[[], float]) -> ReadinessCheck:
    """Not ready when `seconds` since the last success are too many."""

    async def check() -> None:
        if (since := seconds()) > STALE_AFTER:
            raise NotReady(f"no progress for {since:.0f} s")

    return ReadinessCheck(name, check)
