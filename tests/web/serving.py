"""Serves the harbour until it is told to stop: `python -m tests.web.serving`."""

import asyncio
from typing import Any

from fastapi import FastAPI
from helmlog_web import serve
from helmlog_web.settings import ServiceSettings

from tests.web.harbour import Harbour, create_harbour_app


def create_app() -> FastAPI:
    app = create_harbour_app(Harbour())

    @app.get("/slow")
    async def slow() -> dict[str, Any]:
        await asyncio.sleep(2)
        return {"done": True}

    return app


if __name__ == "__main__":
    serve(create_app, ServiceSettings())
