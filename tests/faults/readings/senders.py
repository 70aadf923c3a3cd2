"""Upstream systems at full rate: each sends again what nobody has acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any
from uuid import uuid4

import httpx
import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from helmlog_events.kafka.bounds import bounded
from helmlog_events.kafka.producer import create_producer, discard_producer, stop_producer

from tests.faults.client import Client
from tests.faults.load import READINGS_TOPIC
from tests.faults.readings.company import Lanes, later_policies, set_policy
from tests.faults.readings.script import Feed, Told
from tests.kpi.prometheus import HEADERS, body, series
from tests.support.stack import LocalStack

ROUND = 150
"""Readings of a feed that are under way at once."""
_PIECE = 64 * 1024
# Longer than any outage: a request that is given up may still be at work behind what follows it.
_TIMEOUT = httpx.Timeout(120.0, connect=2.0)
_PAUSE = 0.1


class Senders:
    """`key` is that of the registered source. Nobody waits but for his own acknowledgements."""

    def __init__(
        self, stack: LocalStack, client: Client, lanes: Lanes, key: str, chance: random.Random
    ) -> None:
        self._stack = stack
        self._client = client
        self._lanes = lanes
        self._key = key
        self._chance = chance
        self._stopping = asyncio.Event()
        self.sent = Counter({"broker": 0, "HTTP": 0})
        """How many readings were acknowledged, by the way they went."""
        self.tries_again = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """At the end everybody sends what is left, until it is acknowledged."""
        async with (
            httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as http,
            asyncio.TaskGroup() as group,
        ):
            keyed = defaultdict(list)
            for feed in self._lanes.keyed:
                keyed[feed.slug].append(feed)
            for feeds in keyed.values():
                group.create_task(self._produce(feeds, keyed=True))
            group.create_task(self._produce(self._lanes.unkeyed, keyed=False))
            for feed in self._lanes.posted:
                group.create_task(
                    self._go_on("HTTP", [feed], lambda told: self._post(http, told), 5)
                )
            scraped = self._lanes.scraped
            group.create_task(self._go_on("HTTP", scraped, lambda told: self._write(http, told), 1))
            group.create_task(self._set_policies())
            try:
                yield
            finally:
                self._stopping.set()

    async def _go_on(
        self,
        way: str,
        feeds: Sequence[Feed],
        send: Callable[[list[Told]], Awaitable[None]],
        rounds: int,
    ) -> None:
        """`rounds`: how many of a feed go into one sending."""
        while not self._stopping.is_set():
            told = [one for feed in feeds for one in feed.next(rounds * ROUND)]
            await send(told)
            self.sent[way] += len(told)
        if rest := [one for feed in feeds for one in feed.rest()]:
            await send(rest)

    # ---- the broker ----

    async def _produce(self, feeds: Sequence[Feed], *, keyed: bool) -> None:
        """Each has a producer of its own; another one after each failure, for the whole round."""
        producer: AIOKafkaProducer | None = None

        async def send(told: list[Told]) -> None:
            nonlocal producer
            messages = list(self._messages(told))
            while True:
                try:
                    producer = producer or await create_producer(self._stack.bootstrap, linger_ms=5)
                    key = told[0].slug.encode() if keyed else None
                    await bounded(self._deliver(producer, messages, key), 15.0)
                except (KafkaError, OSError, TimeoutError):
                    self.tries_again += 1
                    if producer is not None:
                        await discard_producer(producer)
                    producer = None
                    await asyncio.sleep(_PAUSE)
                else:
                    return

        try:
            await self._go_on("broker", feeds, send, 1)
        finally:
            if producer is not None:
                await stop_producer(producer)

    def _messages(self, told: Sequence[Told]) -> Iterable[bytes]:
        """Some with one reading each, some with many."""
        rows = [one.row() for one in told]
        while rows:
            size = self._chance.choice((1, 1, 1, 1, 20))
            part, rows = rows[:size], rows[size:]
            yield orjson.dumps(part[0] if size == 1 else part)

    async def _deliver(
        self, producer: AIOKafkaProducer, messages: Sequence[bytes], key: bytes | None
    ) -> None:
        headers = [("tenantid", self._client.journal.tenant.encode())]
        under_way = [
            await producer.send(READINGS_TOPIC, message, key=key, headers=headers)
            for message in messages
        ]
        await asyncio.gather(*under_way)

    # ---- HTTP ----

    async def _post(self, http: httpx.AsyncClient, told: list[Told]) -> None:
        """Streamed as NDJSON; every other time with a key, so that the answer is kept."""
        answer = await self.post(http, told, keyed=self._chance.random() < 0.5)
        counts = answer.json()
        taken = counts["accepted"] + counts["duplicates"] + counts["corrected"]
        assert (taken, counts["rejected_total"]) == (len(told), 0), counts

    async def post(
        self, http: httpx.AsyncClient, told: Sequence[Told], *, keyed: bool
    ) -> httpx.Response:
        """As it is sent to whichever tenant the client is of."""
        content = b"".join(orjson.dumps(one.row()) + b"\n" for one in told)
        headers = {
            "Authorization": f"Bearer {self._stack.token('admin', self._client.journal.tenant)}",
            "Content-Type": "application/x-ndjson",
        }
        if keyed:
            headers["Idempotency-Key"] = str(uuid4())
        return await self._insist(http, "/v1/readings", headers, lambda: _pieces(content))

    async def _write(self, http: httpx.AsyncClient, told: list[Told]) -> None:
        by_name: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for one in told:
            milliseconds = int(one.observed_at.timestamp() * 1000)
            by_name[one.slug.replace("-", "_")].append((milliseconds, float(one.value)))
        content = body(*(series({"__name__": name}, some) for name, some in by_name.items()))
        headers = HEADERS | {"Authorization": f"Bearer {self._key}"}
        await self._insist(http, "/v1/remote-write", headers, lambda: content)

    async def _insist(
        self,
        http: httpx.AsyncClient,
        path: str,
        headers: dict[str, str],
        content: Callable[[], Any],
    ) -> httpx.Response:
        while True:
            try:
                answer = await http.post(
                    self._stack.url("kpi") + path, content=content(), headers=headers
                )
            except httpx.TransportError:
                pass
            else:
                if answer.is_success:
                    return answer
                said = f"{answer.status_code} {answer.text[:500]}"
                assert answer.status_code in {409, 429, 503}, f"{path} was refused: {said}"
            self.tries_again += 1
            await asyncio.sleep(_PAUSE)

    # ---- beside the readings ----

    async def _set_policies(self) -> None:
        for policy in later_policies(self._lanes.keyed[0].begins):
            await asyncio.sleep(self._chance.uniform(1.0, 3.0))
            await set_policy(self._client, policy)


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), _PIECE):
        yield content[start : start + _PIECE]
