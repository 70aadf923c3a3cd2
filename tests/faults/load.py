"""Clients and upstream systems that keep the stack busy until they are told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from helmlog_events.kafka.bounds import bounded
from helmlog_events.kafka.producer import create_producer, discard_producer, stop_producer

from tests.faults.client import Client
from tests.faults.journal import Journal, Reading
from tests.support.stack import TENANT, LocalStack

READINGS_TOPIC = "helmlog.kpi.readings.v1"
_TEAMS = 4
_BOUND = 15  # objectives; each of them moves with every value of its KPI
_READINGS_A_MESSAGE = 10
_NOT_KNOWN_YET = frozenset({404, 422})


@dataclass(frozen=True)
class Company:
    """What every client works on: a cycle, and KPIs with thresholds, as (id, slug)."""

    cycle_id: str
    kpis: tuple[tuple[str, str], ...]
    numbers: count[int]
    """Of things made so far, over all tests."""
    instants: count[int]
    """Of readings: each has one of its own, in steps of five seconds since `begins`."""
    begins: datetime


async def found_company(client: Client) -> Company:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    begins = today - timedelta(days=80)
    cycle = await client.send(
        "okr",
        "/v1/cycles",
        {
            "name": "the stormy quarter",
            "kind": "quarter",
            "starts_on": begins.date().isoformat(),
            "ends_on": (today + timedelta(days=10)).date().isoformat(),
            "timezone": "UTC",
        },
    )
    await client.send("okr", f"/v1/cycles/{cycle['id']}:activate", {})
    kpis = [await _define_kpi(client, f"gauge-{number}", begins) for number in range(3)]
    return Company(cycle["id"], tuple(kpis), count(1), count(1), begins)


async def _define_kpi(client: Client, slug: str, begins: datetime) -> tuple[str, str]:
    definition = {
        "slug": slug,
        "name": slug,
        "unit": "bar",
        "direction": "up",
        "type": "operational",
        "level": "company",
        "cadence": "PT1M",
        "aggregation": "last",
        "timezone": "UTC",
    }
    kpi = await client.send("kpi", "/v1/kpis", definition)
    rule = {
        "severity": "critical",
        "when": "below",
        "value": "20",
        "recover": "40",
        "for_readings": 2,
    }
    policy = {"effective_from": begins.isoformat(), "evaluate": "reading", "rules": [rule]}
    path = f"/v1/kpis/{kpi['id']}/threshold-policy"
    await client.send("kpi", path, policy, method="PUT")
    return kpi["id"], slug


class Load:
    """A few teams at their objectives, and readings over HTTP and Kafka, as fast as they go."""

    def __init__(
        self, stack: LocalStack, client: Client, company: Company, chance: random.Random
    ) -> None:
        self._stack = stack
        self._client = client
        self._company = company
        self._chance = chance
        self._made: list[tuple[str, str]] = []  # objectives, each with a key result of it
        self._linked = 0
        self._stopping = asyncio.Event()

    @property
    def journal(self) -> Journal:
        return self._client.journal

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """At the end everybody finishes what was begun, until it is acknowledged."""
        self._stopping.clear()
        async with asyncio.TaskGroup() as group:
            for _ in range(_TEAMS):
                group.create_task(self._work_in_a_team())
            group.create_task(self._link_objectives())
            group.create_task(self._report_readings())
            group.create_task(self._stream_readings())
            try:
                yield
            finally:
                self._stopping.set()

    async def _work_in_a_team(self) -> None:
        while not self._stopping.is_set():
            number = next(self._company.numbers)
            objective = await self._post("/v1/objectives", self._objective(number))
            place = f"/v1/objectives/{objective['id']}"
            await self._post(f"{place}:propose", {})
            await self._post(f"{place}:accept", {})
            added = f"{place}/key-results"
            if number <= _BOUND:
                kpi_id, _ = self._chance.choice(self._company.kpis)
                await self._post(added, _key_result(number, "bound", kpi_id))
            free = await self._post(added, _key_result(number, "free", None))
            for value in range(1, 4):
                body = {"value": value * 10, "confidence": 5, "narrative": f"leg {value}"}
                await self._post(f"/v1/key-results/{free['id']}/check-ins", body)
            self._made.append((objective["id"], free["id"]))

    async def _link_objectives(self) -> None:
        """Each third objective contributes to a key result that was there before it."""
        while not self._stopping.is_set():
            await self._pause()
            if len(self._made) < self._linked + 3:
                continue
            self._linked += 3
            objective_id, _ = self._made[self._linked - 1]
            _, key_result_id = self._made[self._chance.randrange(self._linked - 1)]
            body = {
                "kind": "contributes",
                "from": {"type": "objective", "id": objective_id},
                "to": {"type": "key_result", "id": key_result_id},
                "weight": 1,
            }
            # The graph hears of an objective a moment after it was made; after a fault, later.
            await self._client.send("alignment", "/v1/links", body, wait_for=_NOT_KNOWN_YET)

    async def _post(self, path: str, body: Any) -> Any:
        answer = await self._client.send("okr", path, body)
        await self._pause()
        return answer

    async def _pause(self) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, 0.2))

    def _objective(self, number: int) -> dict[str, Any]:
        return {
            "cycle_id": self._company.cycle_id,
            "title": f"objective {number}",
            "why": "to weather it",
            "kind": "aspirational",
            "level": "company",
            "team": "crew",
            "owner": f"owner-{number}",
        }

    async def _report_readings(self) -> None:
        while not self._stopping.is_set():
            kpi_id, rows = self._next_readings("http", 5)
            self.journal.offered |= _readings(kpi_id, rows)
            counts = await self._client.send("kpi", "/v1/readings", rows)
            assert counts["accepted"] == len(rows), counts
            self.journal.readings |= _readings(kpi_id, rows)
            await asyncio.sleep(0.2)

    async def _stream_readings(self) -> None:
        producer: AIOKafkaProducer | None = None
        try:
            while not self._stopping.is_set():
                kpi_id, rows = self._next_readings("kafka", _READINGS_A_MESSAGE)
                self.journal.offered |= _readings(kpi_id, rows)
                producer = await self._deliver(producer, rows)
                self.journal.readings |= _readings(kpi_id, rows)
                await asyncio.sleep(0.05)
        finally:
            if producer is not None:
                await stop_producer(producer)

    async def _deliver(
        self, producer: AIOKafkaProducer | None, rows: list[dict[str, Any]]
    ) -> AIOKafkaProducer:
        """Sends until it is acknowledged, with another producer after each failure."""
        key, value = str(rows[0]["kpi"]).encode(), orjson.dumps(rows)
        headers = [("tenantid", TENANT.encode())]
        while True:
            try:
                if producer is None:
                    producer = await create_producer(self._stack.bootstrap)
                send = producer.send_and_wait(READINGS_TOPIC, value, key=key, headers=headers)
                await bounded(send, 10.0)
            except (KafkaError, OSError, TimeoutError):
                self.journal.tries_again += 1
                if producer is not None:
                    await discard_producer(producer)
                producer = None
                await asyncio.sleep(0.2)
            else:
                return producer

    def _next_readings(self, source: str, size: int) -> tuple[str, list[dict[str, Any]]]:
        kpi_id, slug = self._chance.choice(self._company.kpis)
        rows = []
        for _ in range(size):
            at = self._company.begins + timedelta(seconds=5 * next(self._company.instants))
            # Two low ones in a row, and the KPI is in breach.
            value = str(self._chance.choice((10, 50, 60, 70, 80)))
            rows.append(
                {"kpi": slug, "observed_at": at.isoformat(), "value": value, "source": source}
            )
        return kpi_id, rows


def _key_result(number: int, kind: str, kpi_id: str | None) -> dict[str, Any]:
    return {
        "title": f"key result {number}, {kind}",
        "metric": "increase",
        "baseline": "0",
        "target": "100",
        "unit": "bar",
        "weight": 1,
        "kpi_id": kpi_id,
        "owner": f"owner-{number}",
    }


def _readings(kpi_id: str, rows: list[dict[str, Any]]) -> set[Reading]:
    return {
        Reading(kpi_id, row["source"], datetime.fromisoformat(row["observed_at"])) for row in rows
    }
