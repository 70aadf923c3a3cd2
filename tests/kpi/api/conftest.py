"""The API over a real database, its read models brought up to date when a read waits for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest
from helmlog_events.pipeline.follower import LogFollower
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_web.testing import ISSUER, TestIssuer
from kpi_service.bootstrap import assemble, create_pipeline
from kpi_service.settings import Settings

from tests.kpi.api.documented import Documented
from tests.support.databases import Database


@dataclass
class Client:
    """One tenant's caller; reads wait for the writes made through it."""

    http: httpx.AsyncClient
    issuer: TestIssuer
    tenant: str = field(default_factory=lambda: f"t{uuid4().hex[:12]}")
    seq: int = 0

    async def send(
        self, method: str, path: str, *, role: str = "admin", headers: Any = None, **sent: Any
    ) -> httpx.Response:
        sent_headers = self.issuer.headers(role, tenant=self.tenant) | (headers or {})
        if method == "GET":
            sent_headers.setdefault("Helmlog-Min-Seq", str(self.seq))
        response = await self.http.request(method, path, headers=sent_headers, **sent)
        self.seq = max(self.seq, int(response.headers.get("Helmlog-Seq", 0)))
        return response

    async def get(self, path: str, **sent: Any) -> httpx.Response:
        return await self.send("GET", path, **sent)

    async def post(self, path: str, **sent: Any) -> httpx.Response:
        return await self.send("POST", path, **sent)

    async def define(self, slug: str = "taxi-demand", **changes: Any) -> dict[str, Any]:
        body = {
            "slug": slug,
            "name": "Taxi demand",
            "unit": "passengers",
            "direction": "up",
            "type": "operational",
            "level": "company",
            "cadence": "PT30M",
            "aggregation": "last",
            "timezone": "UTC",
            **changes,
        }
        response = await self.post("/v1/kpis", json=body)
        assert response.status_code == 201, response.text
        return response.json()


@asynccontextmanager
async def serving(database: Database) -> AsyncIterator[tuple[httpx.AsyncClient, TestIssuer]]:
    issuer = TestIssuer()
    settings = Settings(
        database_url=database.app,
        kafka_bootstrap="unused:9092",
        jwks_url="http://unused",
        issuer=ISSUER,
    )
    engine = create_engine(database.app)
    app = assemble(engine, issuer.authenticator, settings)
    following = create_engine(database.app)
    store = PostgresStore(following)
    follower = asyncio.create_task(LogFollower(following, create_pipeline(store)).run())
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport,
            base_url="http://kpi",
            event_hooks={"response": [Documented(app.openapi()).check]},
        ) as client,
    ):
        yield client, issuer
    follower.cancel()
    await asyncio.gather(follower, return_exceptions=True)
    await store.close()
    await following.dispose()


@pytest.fixture(scope="session")
async def http(database: Database) -> AsyncIterator[tuple[httpx.AsyncClient, TestIssuer]]:
    async with serving(database) as served:
        yield served


@pytest.fixture
def client(http: tuple[httpx.AsyncClient, TestIssuer]) -> Client:
    return Client(*http)
