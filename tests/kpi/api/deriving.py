"""Derived KPIs over the API, with what a worker does done step by step."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from helmlog_events import clock
from helmlog_events.contracts.event import Event
from helmlog_events.envelope import ANY_VERSION, Append, Metadata, NewEvent, StreamWrite
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from kpi_service.application.derivation.derivation import Derivation
from kpi_service.bootstrap import create_derivation
from kpi_service.settings import Settings

START = datetime(2014, 7, 1, tzinfo=UTC)
EVER = "2010-01-01T00:00:00Z"


@dataclass
class Deriving:
    client: Any
    store: PostgresStore
    derivation: Derivation

    @classmethod
    @asynccontextmanager
    async def open(cls, client: Any, url: str) -> AsyncIterator["Deriving"]:
        engine = create_engine(url)
        store = PostgresStore(engine)
        settings = Settings(
            database_url=url,
            kafka_bootstrap="unused:9092",
            jwks_url="http://unused",
            issuer="unused",
        )
        try:
            yield cls(client, store, create_derivation(engine, store, settings))
        finally:
            await store.close()
            await engine.dispose()

    async def settle(self, now: datetime | None = None) -> None:
        """Until nothing is due that the log gives rise to."""
        while True:
            self.client.seq = await self.store.head()
            seen = await self.client.get("/v1/kpis?limit=1")
            if seen.status_code == 503:
                continue
            done = await self.derivation.derive_due(now or clock.now())
            if not done and await self.store.head() == self.client.seq:
                return

    async def define(self, *slugs: str, unit: str = "deals", **changes: Any) -> None:
        for slug in slugs:
            await self.client.define(slug, unit=unit, cadence="PT15M", **changes)

    async def append(self, stream: str, *events: Event) -> None:
        write = StreamWrite(stream, ANY_VERSION, tuple(NewEvent(one, START) for one in events))
        await self.store.append(Append(self.client.tenant, Metadata("test"), (write,)))

    async def formula(
        self, slug: str, expression: str, *inputs: str, since: str = EVER, period: str = "day"
    ) -> Any:
        """The inputs are named as their slugs are."""
        return await self.client.send(
            "PUT",
            f"/v1/kpis/{slug}/formula",
            json={
                "effective_from": since,
                "expression": expression,
                "inputs": {one: one for one in inputs},
                "period": period,
            },
        )

    async def read(self, slug: str, values: dict[int, Any], **fields: Any) -> dict[str, Any]:
        """Values by the number of the day."""
        rows = [
            {"kpi": slug, "observed_at": at(day).isoformat(), "value": str(value), **fields}
            for day, value in values.items()
        ]
        response = await self.client.post("/v1/readings", json=rows)
        assert response.status_code == 200, response.text
        return response.json()

    async def values(self, slug: str) -> dict[int, Decimal | None]:
        rows = await self.readings(slug)
        return {
            (datetime.fromisoformat(row["observed_at"]) - START).days: Decimal(row["value"])
            for row in rows
        }

    async def readings(self, slug: str) -> list[dict[str, Any]]:
        async with self.store.transaction() as tx:
            rows = await tx.raw.fetch(
                "SELECT DISTINCT ON (observed_at) observed_at, value, revision FROM readings"
                " JOIN kpis USING (tenant, kpi_id) WHERE tenant = $1 AND slug = $2"
                " AND source = 'formula' ORDER BY observed_at, revision DESC",
                self.client.tenant,
                slug,
            )
        return [
            {"observed_at": row[0].isoformat(), "value": str(row[1]), "revision": row[2]}
            for row in rows
            if row[1] is not None
        ]

    async def told(self, event_type: str) -> list[Any]:
        async with self.store.transaction() as tx:
            seqs = await tx.raw.fetch(
                "SELECT seq FROM event_log WHERE tenant = $1 AND type = $2 ORDER BY seq",
                self.client.tenant,
                event_type,
            )
        records = [(await self.store.read_log(row[0] - 1, 1))[0] for row in seqs]
        return [(one, one.event) for one in records]


def at(day: int, hours: int = 9) -> datetime:
    return START + timedelta(days=day, hours=hours)
