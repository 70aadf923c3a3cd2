"""Serves a live stream of a real log until it is told to stop: `python -m tests.web.streaming`."""

from typing import Any

from fastapi import FastAPI
from helmlog_events import contracts
from helmlog_events.contracts.event import REGISTRY, Event, event
from helmlog_events.pipeline.tail import LogTail
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.testing.events import Noted
from helmlog_web import serve, stream
from helmlog_web.app import create_service_app
from helmlog_web.settings import ServiceSettings
from helmlog_web.tokens import create_authenticator

from tests.web.listening import APPLICATION, HEARTBEAT

KNOWN = (contracts, Noted)
"""What this process can read back: importing it registers it."""


@event("Berthed", version=2)
class Berthed(Event):
    """Version 1 had no draught; the tests write that one."""

    quay: str
    draught: int


@REGISTRY.upcast("Berthed", 1)
def _with_a_draught(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "draught": 0}


def create_app(settings: ServiceSettings) -> FastAPI:
    engine = create_engine(settings.database_url, application=APPLICATION)

    async def nowhere() -> int:
        return 0

    return create_service_app(
        title="streaming",
        version="1.0.0",
        routers=[],
        authenticator=create_authenticator(settings),
        read_position=nowhere,
        log=LogTail(engine),
    )


if __name__ == "__main__":
    stream.HEARTBEAT = HEARTBEAT  # type: ignore[misc]  # fifteen seconds are long for a test
    settings = ServiceSettings()
    serve(lambda: create_app(settings), settings)
