"""The service on a real database, its worker beside it, and a kpi log that tests write."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from fastapi import FastAPI
from helmlog_events.contracts.alignment import LinkAdded
from helmlog_events.contracts.event import Event
from helmlog_events.contracts.kpi import (
    BreachEpisode,
    KPIBreachRevised,
    KPIDefined,
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
    KPIValueChanged,
    SeverityChange,
    ThresholdRule,
)
from helmlog_events.contracts.nodes import Node
from helmlog_events.envelope import (
    ANY_VERSION,
    Append,
    Metadata,
    NewEvent,
    RecordedEvent,
    SourcedEvent,
    StreamWrite,
)
from helmlog_events.ids import stream_id
from helmlog_events.pipeline.follower import LogFollower
from helmlog_events.pipeline.pipeline import Pipeline
from helmlog_events.store.memory import MemoryStore
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.testing.probes import eventually
from helmlog_web.testing import TestIssuer
from okr_service.bootstrap import assemble, create_pipeline
from sqlalchemy.ext.asyncio import AsyncEngine

QUARTER = {
    "name": "FY20-Q4",
    "kind": "quarter",
    "starts_on": "2019-11-01",
    "ends_on": "2020-01-31",
    "timezone": "UTC",
}
OBJECTIVE = {
    "title": "Be known in every harbour",
    "why": "our mission",
    "kind": "aspirational",
    "level": "company",
    "team": "marketing",
    "owner": "marketing-lead",
}
LEADS = {
    "title": "More leads",
    "metric": "increase",
    "baseline": "22",
    "target": "35",
    "unit": "leads",
    "rate": "per day",
    "weight": 1,
}

KPIEvent = KPIValueChanged | KPIThresholdBreached | KPIThresholdEscalated | KPIThresholdRecovered


async def _stay(_: asyncpg.Connection) -> None:
    """Tests hand over foreign events themselves; no position moves."""


@dataclass
class House:
    engine: AsyncEngine
    store: PostgresStore
    pipeline: Pipeline
    issuer: TestIssuer
    client: httpx.AsyncClient
    app: FastAPI
    kpi: MemoryStore = field(default_factory=MemoryStore)
    alignment: MemoryStore = field(default_factory=MemoryStore)


@dataclass
class Team:
    """A tenant's view of the service; `seq` is that of its last write."""

    house: House
    tenant: str
    role: str = "contributor"
    seq: int = 0
    subject: str = "user-1"

    async def send(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        token = self.house.issuer.headers(self.role, tenant=self.tenant, subject=self.subject)
        response = await self.house.client.request(
            method, path, json=body, headers={**token, **headers}
        )
        self.seq = max(self.seq, int(response.headers.get("Helmlog-Seq", 0)))
        return response

    async def post(self, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """Expects it to be done."""
        response = await self.send("POST", path, {} if body is None else body, **headers)
        assert response.status_code in {200, 201}, response.text
        return response.json()

    async def change(self, method: str, path: str, body: Any) -> dict[str, Any]:
        """Expects it to be done, by PATCH or PUT."""
        response = await self.send(method, path, body)
        assert response.status_code == 200, response.text
        return response.json()

    async def refused(
        self, path: str, body: Any = None, *, status: int = 422, method: str = "POST"
    ) -> str:
        """Expects a refusal that changes nothing; returns the slug of its type."""
        head = await self.house.store.head()
        response = await self.send(method, path, {} if body is None else body)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        assert await self.house.store.head() == head
        return response.json()["type"].removeprefix("https://helmlog.dev/problems/")

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Waits for the team's own writes to show, as often as it is told to come again."""
        token = self.house.issuer.headers(self.role, tenant=self.tenant, subject=self.subject)

        async def ask() -> httpx.Response:
            return await self.house.client.get(
                path, params=query, headers={**token, "Helmlog-Min-Seq": str(self.seq)}
            )

        response = await eventually(ask, until=lambda told: told.status_code != 503, within=60)
        assert response.status_code == 200, response.text
        return response.json()

    async def cycle(self, *, active: bool = True, **fields: Any) -> str:
        cycle = await self.post("/v1/cycles", {**QUARTER, **fields})
        if active:
            await self.post(f"/v1/cycles/{cycle['id']}:activate")
        return cycle["id"]

    async def objective(self, cycle_id: str, *, active: bool = True, **fields: Any) -> str:
        body = {**OBJECTIVE, "cycle_id": cycle_id, **fields}
        objective = await self.post("/v1/objectives", body)
        path = f"/v1/objectives/{objective['id']}"
        if active:
            await self.post(f"{path}:propose")
            await self.post(f"{path}:accept")
        return objective["id"]

    async def key_result(self, objective_id: str, **fields: Any) -> str:
        body = {**LEADS, **fields}
        key_result = await self.post(f"/v1/objectives/{objective_id}/key-results", body)
        return key_result["id"]

    async def check_in(self, key_result_id: str, **fields: Any) -> dict[str, Any]:
        return await self.post(f"/v1/key-results/{key_result_id}/check-ins", fields)

    async def import_file(
        self, cycle_id: str, content: str | bytes | list[Any], *, status: int = 200, **query: Any
    ) -> dict[str, Any]:
        """Sends a file of CSV, or rows of JSON; expects `status`."""
        rows = isinstance(content, list)
        body = json.dumps(content) if isinstance(content, list) else content
        response = await self.house.client.post(
            "/v1/imports",
            params={"cycle_id": cycle_id, **query},
            content=body,
            headers={
                **self.house.issuer.headers(self.role, tenant=self.tenant),
                "Content-Type": "application/json" if rows else "text/csv",
            },
        )
        assert response.status_code == status, response.text
        self.seq = max(self.seq, int(response.headers.get("Helmlog-Seq", 0)))
        return response.json()

    async def kpi_defined(self, slug: str) -> UUID:
        """Tells the service that there is a KPI of this slug, as its consumer would."""
        kpi_id = uuid4()
        event = KPIDefined(
            kpi_id=kpi_id,
            slug=slug,
            name=slug,
            unit="%",
            direction="up",
            type="operational",
            level="company",
            cadence="P1D",
            aggregation="last",
            timezone="UTC",
        )
        new = NewEvent(event, datetime.now(UTC))
        await self._hear("kpi", self.house.kpi, [(stream_id("kpi", kpi_id), new)])
        return kpi_id

    async def kpi_says(self, kpi_id: UUID, value: str, observed_at: datetime) -> RecordedEvent:
        """Tells the service of a KPI's value, as its consumer would."""
        (record,) = await self.kpis_say((kpi_id, value, observed_at))
        return record

    async def kpis_say(self, *told: tuple[UUID, str, datetime]) -> Sequence[RecordedEvent]:
        """Several values in one batch."""
        return await self.hear_of_kpis(
            *(
                KPIValueChanged(kpi_id=kpi_id, value=Decimal(value), observed_at=observed_at)
                for kpi_id, value, observed_at in told
            )
        )

    async def hear_of_kpis(self, *events: KPIEvent) -> Sequence[RecordedEvent]:
        """Tells the service of what its consumer would bring, in one batch."""
        news = [
            (stream_id("kpi", event.kpi_id), NewEvent(event, event.observed_at)) for event in events
        ]
        return await self._hear("kpi", self.house.kpi, news)

    async def hear_of_revision(
        self,
        breach: KPIThresholdBreached,
        after: BreachEpisode | None,
        since: datetime,
        merged_into: UUID | None = None,
    ) -> Sequence[RecordedEvent]:
        """Late readings made `after` of a breach: another from `since` on, or none."""
        revised = KPIBreachRevised(
            breach_id=breach.breach_id,
            kpi_id=breach.kpi_id,
            before=episode(breach),
            after=after,
            merged_into=merged_into,
        )
        news = [(stream_id("kpi", breach.kpi_id), NewEvent(revised, since))]
        return await self._hear("kpi", self.house.kpi, news)

    async def alignment_says(self, event: Event, occurred_at: datetime) -> None:
        """Tells the service of a link, as its consumer would."""
        new = NewEvent(event, occurred_at)
        await self._hear("alignment", self.house.alignment, [("links-all", new)])

    async def _hear(
        self, source: str, log: MemoryStore, news: Sequence[tuple[str, NewEvent]]
    ) -> Sequence[RecordedEvent]:
        before = await log.head()
        for stream, new in news:
            write = StreamWrite(stream, ANY_VERSION, (new,))
            await log.append(Append(self.tenant, Metadata(actor="system:feed"), (write,)))
        records = await log.read_log(before, len(news))
        await self.house.pipeline.process(
            [SourcedEvent(source, record) for record in records], _stay
        )
        self.seq = await self.house.store.head()
        return records

    async def settle(self) -> None:
        """Waits until the worker has taken all that is written by now, and what follows from it."""
        head = -1
        while head != self.seq:
            head = self.seq
            await self.get("/v1/cycles")
            self.seq = await self.house.store.head()


def breached(kpi_id: UUID, breach_id: UUID, observed_at: datetime) -> KPIThresholdBreached:
    rule = ThresholdRule(severity="warning", when="below", value=Decimal(5), recover=Decimal(6))
    return KPIThresholdBreached(
        breach_id=breach_id,
        kpi_id=kpi_id,
        severity="warning",
        rule=rule,
        value=Decimal(4),
        opened_at=observed_at,
        observed_at=observed_at,
        readings=1,
    )


def episode(breach: KPIThresholdBreached, recovered_at: datetime | None = None) -> BreachEpisode:
    change = SeverityChange(
        severity=breach.severity, value=breach.value, observed_at=breach.observed_at
    )
    return BreachEpisode(
        opened_at=breach.opened_at,
        rule=breach.rule,
        trigger_readings=breach.readings,
        severities=(change,),
        recovered_at=recovered_at,
        value=None if recovered_at is None else Decimal(7),
        readings=None if recovered_at is None else 2,
    )


def recovered(kpi_id: UUID, breach_id: UUID, observed_at: datetime) -> KPIThresholdRecovered:
    return KPIThresholdRecovered(
        breach_id=breach_id,
        kpi_id=kpi_id,
        severity="warning",
        value=Decimal(7),
        observed_at=observed_at,
        readings=2,
    )


def link(child: str, parent: str, cycle_id: str) -> LinkAdded:
    return LinkAdded(
        link_id=uuid4(),
        kind="contributes",
        source=Node(type="objective", id=UUID(child)),
        target=Node(type="objective", id=UUID(parent)),
        target_objective_id=UUID(parent),
        weight=Decimal(1),
        cycle_ids=(UUID(cycle_id),),
    )


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@asynccontextmanager
async def open_house(url: str) -> AsyncIterator[House]:
    engine, worker_engine = create_engine(url), create_engine(url)
    issuer = TestIssuer()
    app = assemble(engine, issuer.authenticator)
    store = PostgresStore(worker_engine)
    pipeline = create_pipeline(store)
    follower = asyncio.create_task(LogFollower(worker_engine, pipeline).run())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://okr") as client:
        yield House(worker_engine, store, pipeline, issuer, client, app)
    follower.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await follower
    await app.state.services.store.close()
    await store.close()
    await engine.dispose()
    await worker_engine.dispose()
