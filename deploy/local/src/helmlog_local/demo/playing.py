"""Plays the readings into Kafka, as upstream systems would, and watches them come out again."""

import asyncio
import json
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from helmlog_events.kafka.producer import create_producer, stop_producer

from helmlog_local.company.load import Company
from helmlog_local.company.plan import Cycle
from helmlog_local.demo.api import Api, DemoFailed, wait_until
from helmlog_local.demo.script import Portion, newest_by_arrival, portions
from helmlog_local.demo.telling import Told, close_cycle, tell_cycle

TOPIC = "helmlog.kpi.readings.v1"
SOURCE = "demo"
READINGS_A_MESSAGE = 100
_PRODUCE_SECONDS = 60.0
_DURABLE_SECONDS = 60.0
_MOVED_SECONDS = 30.0
_LINGER_MS = 5


class Bars(NamedTuple):
    """Called with numbers: of objectives planned, of readings acknowledged and judged."""

    planned: Callable[[int], None]
    produced: Callable[[int], None]
    judged: Callable[[int], None]


@dataclass(frozen=True, slots=True)
class PlayedPortion:
    """Seconds from the first byte sent until all was acknowledged, and until all was judged."""

    readings: int
    messages: int
    acknowledged: float
    judged: float


@dataclass(slots=True)
class Played:
    """`waited` is how many seconds it took in all until key results had followed."""

    portions: list[PlayedPortion] = field(default_factory=list)
    waited: float = 0.0

    @property
    def readings(self) -> int:
        return sum(portion.readings for portion in self.portions)

    @property
    def messages(self) -> int:
        return sum(portion.messages for portion in self.portions)

    @property
    def acknowledged(self) -> float:
        return sum(portion.acknowledged for portion in self.portions)

    @property
    def judged(self) -> float:
        return sum(portion.judged for portion in self.portions)

    @property
    def largest(self) -> PlayedPortion:
        return max(self.portions, key=lambda portion: portion.readings)


class Player:
    """Plays a company's script; `bars` get told how it gets on."""

    def __init__(
        self,
        api: Api,
        tenant: str,
        company: Company,
        told: Told,
        bars: Bars,
    ) -> None:
        self._api = api
        self._headers = [("tenantid", tenant.encode())]
        self._company = company
        self._told = told
        self._planned, self._produced, self._judged = bars
        self._arrivals = {one.slug: newest_by_arrival(one) for one in company.series}
        self._judged_so_far = 0

    async def play(self, bootstrap: str) -> Played:
        """Raises DemoFailed."""
        try:
            producer = await create_producer(bootstrap, linger_ms=_LINGER_MS)
        except (KafkaError, TimeoutError) as error:
            raise DemoFailed(f"Kafka at {bootstrap} can't be reached: {error!r}") from error
        played = Played()
        try:
            for portion in portions(self._company):
                for cycle in portion.begins:
                    await tell_cycle(self._api, cycle, self._told, self._planned)
                played.portions.append(await self._play(producer, portion))
                began = time.monotonic()
                await self._until_moved(portion)
                played.waited += time.monotonic() - began
                for cycle in portion.ends:
                    await close_cycle(self._api, cycle, self._told)
        finally:
            await stop_producer(producer)
        return played

    async def _play(self, producer: AIOKafkaProducer, portion: Portion) -> PlayedPortion:
        began = time.monotonic()
        messages = 0
        try:
            async with asyncio.timeout(_PRODUCE_SECONDS):
                futures = []
                for slug, message, size in _messages(portion):
                    key = slug.encode()
                    future = await producer.send(TOPIC, message, key=key, headers=self._headers)
                    future.add_done_callback(lambda _, size=size: self._produced(size))
                    futures.append(future)
                messages = len(futures)
                await asyncio.gather(*futures)
        except TimeoutError:
            raise DemoFailed(
                f"Kafka did not take the readings in {_PRODUCE_SECONDS:.0f} s"
            ) from None
        except KafkaError as error:
            raise DemoFailed(f"Kafka did not take the readings: {error!r}") from error
        acknowledged = time.monotonic() - began
        await wait_until(
            "that all readings sent are stored and judged",
            lambda: self._all_judged(portion),
            seconds=_DURABLE_SECONDS,
        )
        return PlayedPortion(portion.size, messages, acknowledged, time.monotonic() - began)

    async def _all_judged(self, portion: Portion) -> bool:
        """A series' readings share a partition, so the newest one in says that all before are."""
        seen = await self._observed()
        judged = sum(
            bisect_right(arrivals, seen[slug])
            for slug, arrivals in self._arrivals.items()
            if slug in seen
        )
        self._judged(judged - self._judged_so_far)
        self._judged_so_far = judged
        return all(seen.get(slug) == newest for slug, newest in portion.newest.items())

    async def _observed(self) -> dict[str, datetime]:
        kpis = await self._api.all_items("/kpi/v1/kpis")
        return {
            kpi["slug"]: datetime.fromisoformat(kpi["observed_at"])
            for kpi in kpis
            if kpi["observed_at"] is not None
        }

    async def _until_moved(self, portion: Portion) -> None:
        """Until every key result that follows a KPI of the portion stands at its newest value."""
        for cycle in self._company.plan.cycles:
            wanted = {
                self._told.kpis[slug]: portion.newest[slug]
                for slug in cycle.kpis & portion.readings.keys()
                if cycle.starts_at <= portion.newest[slug] < cycle.ends_at
            }
            if wanted:
                await self._until_at(cycle, wanted)

    async def _until_at(self, cycle: Cycle, wanted: dict[str, datetime]) -> None:
        path = f"/okr/v1/cycles/{self._told.cycles[cycle.name]}/board"

        async def moved() -> bool:
            board = await self._api.get(path)
            return all(
                part["observed_at"] is not None
                and datetime.fromisoformat(part["observed_at"]) >= wanted[part["kpi_id"]]
                for part in _key_results(board)
                if part["kpi_id"] in wanted
            )

        await wait_until(
            f"that the key results of {cycle.name} have followed their KPIs",
            moved,
            seconds=_MOVED_SECONDS,
        )


def _messages(portion: Portion) -> Iterator[tuple[str, bytes, int]]:
    for slug, readings in portion.readings.items():
        for begin in range(0, len(readings), READINGS_A_MESSAGE):
            part = readings[begin : begin + READINGS_A_MESSAGE]
            rows = [
                {"kpi": slug, "observed_at": at.isoformat(), "value": value, "source": SOURCE}
                for at, value in part
            ]
            yield slug, json.dumps(rows).encode(), len(part)


def _key_results(board: Any) -> Iterator[Any]:
    for objective in board["objectives"]:
        yield from objective["key_results"]
