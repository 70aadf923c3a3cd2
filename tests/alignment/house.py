"""The service with the logs around it: what they say is carried over by hand, in any order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from alignment_service.bootstrap import assemble, create_pipeline
from helmlog_events.contracts import kpi, okr
from helmlog_events.contracts.event import Event
from helmlog_events.contracts.nodes import Node
from helmlog_events.envelope import (
    ANY_VERSION,
    Append,
    Metadata,
    NewEvent,
    SourcedEvent,
    StreamWrite,
)
from helmlog_events.ids import new_id, stream_id
from helmlog_events.pipeline.follower import OWN_LOG
from helmlog_events.pipeline.pipeline import Pipeline
from helmlog_events.store.memory import MemoryStore
from helmlog_events.store.postgres.connections import create_engine
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_web.testing import TestIssuer

TENANT = "acme"
START = datetime(2026, 1, 1, tzinfo=UTC)
RULE = kpi.ThresholdRule(
    severity="critical", when="below", value=Decimal(5000), recover=Decimal(6000), for_readings=3
)


def at(day: int) -> datetime:
    return START + timedelta(days=day)


async def _stay(_: asyncpg.Connection) -> None:
    """Tests carry events over themselves; no position moves."""


@dataclass
class House:
    store: PostgresStore
    pipeline: Pipeline
    client: httpx.AsyncClient
    issuer: TestIssuer
    okr: MemoryStore = field(default_factory=MemoryStore)
    kpi: MemoryStore = field(default_factory=MemoryStore)
    carried: dict[str, int] = field(default_factory=lambda: {"okr": 0, "kpi": 0, "alignment": 0})
    cycle: UUID = field(default_factory=new_id)

    async def say(self, source: str, category: str, key: UUID, *events: Event, day: int = 0):
        log = {"okr": self.okr, "kpi": self.kpi}[source]
        news = tuple(NewEvent(event, at(day)) for event in events)
        write = StreamWrite(stream_id(category, key), ANY_VERSION, news)
        await log.append(Append(TENANT, Metadata("anna"), (write,)))

    async def pending(self, source: str) -> list[SourcedEvent]:
        log = {"okr": self.okr, "kpi": self.kpi, "alignment": self.store}[source]
        records = await log.read_log(self.carried[source], 10_000)
        return [SourcedEvent(source, record) for record in records]

    async def carry(self, source: str) -> int:
        """Hands the pipeline what a log has said since; returns how much that was."""
        events = await self.pending(source)
        if events:
            await self.apply(events)
            self.carried[source] = events[-1].record.seq
        return len(events)

    async def apply(self, events: Sequence[SourcedEvent]) -> None:
        advance = _stay
        if events[0].source == "alignment":
            last = events[-1].record.seq

            async def advance(raw: asyncpg.Connection) -> None:
                await raw.execute(
                    "INSERT INTO consumer_positions (consumer, topic, partition, epoch,"
                    " next_offset) VALUES ($1, $1, 0, 1, $2)"
                    " ON CONFLICT (consumer, topic, partition) DO UPDATE SET next_offset = $2",
                    OWN_LOG,
                    last,
                )

        await self.pipeline.process(events, advance)

    async def settle(self) -> None:
        while await self.carry("okr") + await self.carry("kpi") + await self.carry("alignment"):
            pass

    async def objective(
        self,
        number: int,
        *,
        cycle: UUID | None = None,
        under: Node | None = None,
        day: int = 0,
    ) -> UUID:
        objective_id = new_id()
        await self.say(
            "okr",
            "objective",
            objective_id,
            okr.ObjectiveDrafted(
                objective_id=objective_id,
                cycle_id=cycle or self.cycle,
                title=f"Objective {number}",
                why="because",
                kind="aspirational",
                level="team",
                origin="assigned",
                contributes_to=under,
            ),
            day=day,
        )
        return objective_id

    async def key_result(
        self,
        objective_id: UUID,
        *,
        weight: str = "1",
        kpi_id: UUID | None = None,
        cycle: UUID | None = None,
        day: int = 0,
    ) -> UUID:
        key_result_id = new_id()
        await self.say(
            "okr",
            "key_result",
            key_result_id,
            okr.KeyResultAdded(
                key_result_id=key_result_id,
                objective_id=objective_id,
                cycle_id=cycle or self.cycle,
                title="Measured",
                metric="increase",
                baseline=Decimal(0),
                target=Decimal(100),
                weight=Decimal(weight),
                kpi_id=kpi_id,
            ),
            day=day,
        )
        return key_result_id

    async def progress(
        self,
        key_result_id: UUID,
        objective_id: UUID,
        value: str,
        *,
        day: int = 1,
        status: okr.Status = "on_track",
    ) -> None:
        await self.say(
            "okr",
            "key_result",
            key_result_id,
            okr.KeyResultUpdated(
                key_result_id=key_result_id,
                objective_id=objective_id,
                cycle_id=self.cycle,
                source="check_in",
                value=Decimal(value) * 100,
                progress=Decimal(value),
                progress_raw=Decimal(value),
                expected_progress=Decimal("0.5"),
                status=status,
                status_rule="computed",
                observed_at=at(day),
                cause=f"check-in/{new_id()}",
            ),
            day=day,
        )

    async def value(self, kpi_id: UUID, *, day: int) -> None:
        await self.say(
            "kpi",
            "kpi_value",
            kpi_id,
            kpi.KPIValueChanged(kpi_id=kpi_id, value=Decimal(4000), observed_at=at(day)),
            day=day,
        )

    async def breach(self, kpi_id: UUID, *, day: int = 2) -> UUID:
        breach_id = new_id()
        await self.say(
            "kpi",
            "kpi_breach",
            kpi_id,
            kpi.KPIThresholdBreached(
                breach_id=breach_id,
                kpi_id=kpi_id,
                severity="critical",
                rule=RULE,
                value=Decimal(4000),
                opened_at=at(day),
                observed_at=at(day),
                readings=3,
            ),
            day=day,
        )
        return breach_id

    async def recovery(self, kpi_id: UUID, breach_id: UUID, *, day: int = 3) -> None:
        await self.say(
            "kpi",
            "kpi_breach",
            kpi_id,
            kpi.KPIThresholdRecovered(
                breach_id=breach_id,
                kpi_id=kpi_id,
                severity="critical",
                value=Decimal(7000),
                observed_at=at(day),
                readings=4,
            ),
            day=day,
        )

    async def revision(
        self,
        kpi_id: UUID,
        breach_id: UUID,
        *,
        day: int,
        opened: int | None,
        ended: int | None = None,
    ) -> None:
        """Late readings made a breach of these days of it, or none; told as true since `day`."""
        await self.say(
            "kpi",
            "kpi_breach",
            kpi_id,
            kpi.KPIBreachRevised(
                breach_id=breach_id,
                kpi_id=kpi_id,
                before=_episode(day, None),
                after=None if opened is None else _episode(opened, ended),
            ),
            day=day,
        )

    async def open_cycle(
        self,
        cycle: UUID,
        *,
        starts_on: date = date(2026, 1, 1),
        ends_on: date = date(2026, 3, 31),
        timezone: str = "UTC",
    ) -> None:
        await self.say(
            "okr",
            "cycle",
            cycle,
            okr.CycleOpened(
                cycle_id=cycle,
                name="FY26-Q1",
                kind="quarter",
                starts_on=starts_on,
                ends_on=ends_on,
                timezone=timezone,
            ),
        )

    async def link(
        self,
        source: UUID,
        target: UUID,
        *,
        kind: str = "contributes",
        target_type: str = "objective",
        weight: Any = 1,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        return await self.client.post(
            "/v1/links",
            json={
                "kind": kind,
                "from": {"type": "objective", "id": str(source)},
                "to": {"type": target_type, "id": str(target)},
                "weight": weight,
            },
            headers=headers or {},
        )

    async def roll_up(self, node: UUID, **query: str) -> dict[str, Any]:
        response = await self.client.get(f"/v1/nodes/{node}/roll-up", params=query)
        assert response.status_code == 200, response.text
        return response.json()

    async def parked(self) -> int:
        """How many events could not be handled."""
        async with self.store.transaction() as tx:
            return await tx.raw.fetchval("SELECT count(*) FROM parked")

    async def said(self, *types: str) -> list[Event]:
        records = await self.store.read_log(0, 10_000)
        return [record.event for record in records if record.type in types]


def _episode(opened: int, ended: int | None) -> kpi.BreachEpisode:
    change = kpi.SeverityChange(severity="critical", value=Decimal(4000), observed_at=at(opened))
    return kpi.BreachEpisode(
        opened_at=at(opened),
        rule=RULE,
        trigger_readings=3,
        severities=(change,),
        recovered_at=None if ended is None else at(ended),
        value=None if ended is None else Decimal(7000),
        readings=None if ended is None else 4,
    )


@asynccontextmanager
async def open_house(url: str, *, patience: float = 0.0) -> AsyncIterator[House]:
    """Links do not wait for their ends: nothing is carried while one who asks would wait."""
    engine = create_engine(url)
    issuer = TestIssuer()
    app = assemble(engine, issuer.authenticator, patience=patience)
    store = PostgresStore(engine)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://alignment",
        headers=issuer.headers("contributor", tenant=TENANT),
    ) as client:
        yield House(store, create_pipeline(store), client, issuer)
    await app.state.alignment.store.close()
    await store.close()
    await engine.dispose()
