"""A command has one effect and one answer, however often and through whatever cuts it is asked."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from helmlog_events.testing.probes import eventually
from helmlog_events.testing.proxy import Proxy, never
from helmlog_local.child import ModuleProcess
from helmlog_local.issuer import AUDIENCE, ISSUER, LocalIssuer
from helmlog_local.processes import find_free_port
from helmlog_local.services import HOST

from tests.faults.client import Client
from tests.faults.evidence import assert_nothing_lost_or_repeated
from tests.faults.journal import Journal
from tests.faults.load import Company
from tests.faults.settling import settle
from tests.support.stack import LocalStack

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

PATH = "/v1/objectives"
ROUNDS = 5


@dataclass(frozen=True)
class Way:
    """An okr-service, by way of a proxy in front of it or of its database."""

    origin: str
    proxy: Proxy

    def heal(self) -> None:
        self.proxy.cut_request = self.proxy.cut_response = never
        self.proxy.let_through = 0


@pytest.fixture(scope="module", params=["to the service", "to the database"])
async def way(request: pytest.FixtureRequest, stack: LocalStack) -> AsyncIterator[Way]:
    lay = _to_service if request.param == "to the service" else _to_database
    async with lay(stack) as way:
        yield way


@asynccontextmanager
async def _to_service(stack: LocalStack) -> AsyncIterator[Way]:
    async with Proxy(HOST, stack.settings.service_ports["okr"]) as proxy:
        yield Way(proxy.url(stack.url("okr")), proxy)


@asynccontextmanager
async def _to_database(stack: LocalStack) -> AsyncIterator[Way]:
    """One more process of okr-service, the only one behind this proxy."""
    async with Proxy(HOST, stack.settings.postgres_port) as proxy:
        port = find_free_port()
        process = ModuleProcess(
            "okr_service.main",
            {
                "HELMLOG_DATABASE_URL": proxy.url(stack.role_url("okr", "app")),
                "HELMLOG_KAFKA_BOOTSTRAP": stack.bootstrap,
                "HELMLOG_HOST": HOST,
                "HELMLOG_PORT": str(port),
                "HELMLOG_JWKS_PATH": str(LocalIssuer(stack.settings.issuer_folder).jwks_path),
                "HELMLOG_ISSUER": ISSUER,
                "HELMLOG_AUDIENCE": AUDIENCE,
            },
            stack.settings.logs / "okr-service-behind-a-proxy.log",
        )
        process.start()
        try:
            origin = f"http://{HOST}:{port}"
            await eventually(lambda: _ready(origin), within=60)
            yield Way(origin, proxy)
        finally:
            await asyncio.to_thread(process.stop)


async def _ready(origin: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            return (await http.get(f"{origin}/readyz")).is_success
        except httpx.TransportError:
            return False


def _objective(company: Company, title: str) -> dict[str, Any]:
    return {
        "cycle_id": company.cycle_id,
        "title": title,
        "why": "to see it once",
        "kind": "committed",
        "level": "company",
        "team": "crew",
        "owner": "one",
    }


async def _effects(stack: LocalStack, title: str) -> int:
    async with stack.database("okr") as connection:
        found: int = await connection.fetchval(
            "SELECT count(*) FROM event_log WHERE data->>'title' = $1", title
        )
        return found


def _once(marker: bytes) -> Callable[[bytes], bool]:
    """Cuts the first chunk that holds the marker."""
    left = [marker]

    def cut(chunk: bytes) -> bool:
        if not left or marker not in chunk:
            return False
        left.clear()
        return True

    return cut


def _cut_after(proxy: Proxy, marker: bytes) -> None:
    """Cuts the first answer that comes after a request with the marker has been passed on."""
    waiting: list[str] = []

    def notice(chunk: bytes) -> bool:
        if marker in chunk and not waiting:
            waiting.append("to be cut")
        return False

    def cut(_: bytes) -> bool:
        if waiting != ["to be cut"]:
            return False
        waiting.append("cut")
        return True

    proxy.cut_request, proxy.cut_response = notice, cut


def _cut_the_request(proxy: Proxy, marker: bytes) -> None:
    proxy.cut_request = _once(marker)


def _cut_within_the_answer(proxy: Proxy, marker: bytes) -> None:
    proxy.let_through = 60
    _cut_after(proxy, marker)


CUTS = {
    "the request": _cut_the_request,
    "before the answer": _cut_after,
    "within the answer": _cut_within_the_answer,
}


@pytest.mark.parametrize("place", CUTS)
async def test_a_command_cut_off_anywhere_has_one_effect(
    stack: LocalStack,
    client: Client,
    company: Company,
    way: Way,
    place: str,
) -> None:
    """To the database, "before the answer" is between its commit and its answer."""
    for _ in range(ROUNDS):
        key, title = str(uuid4()), f"cut {place} {uuid4()}"
        cuts = way.proxy.cuts
        CUTS[place](way.proxy, title.encode())
        answer = await client.insist(way.origin, PATH, _objective(company, title), key)
        assert way.proxy.cuts == cuts + 1, "nothing was cut"
        way.heal()
        client.note("okr", PATH, key, answer)
        again = await client.insist(way.origin, PATH, _objective(company, title), key)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert _told(again) == _told(answer)
        assert await _effects(stack, title) == 1


async def test_fifty_posts_at_once_with_one_key_have_one_effect_and_equal_answers(
    stack: LocalStack,
    client: Client,
    company: Company,
    seed: int,
    way: Way,
) -> None:
    chance = random.Random(seed)
    key, title = str(uuid4()), f"fifty {uuid4()}"
    body = _objective(company, title)
    way.proxy.cut_response = lambda _: chance.randrange(12) == 0
    try:
        answers = await asyncio.gather(
            *(client.insist(way.origin, PATH, body, key) for _ in range(50))
        )
    finally:
        way.heal()
    client.note("okr", PATH, key, answers[0])
    assert {_told(answer) for answer in answers} == {_told(answers[0])}
    assert await _effects(stack, title) == 1


def _told(answer: httpx.Response) -> tuple[object, ...]:
    names = ("ETag", "Location", "Helmlog-Seq")
    return (answer.status_code, answer.text, *(answer.headers.get(name) for name in names))


async def test_after_all_cuts_nothing_is_lost_or_repeated(
    stack: LocalStack, journal: Journal
) -> None:
    await settle(stack, journal)
    await assert_nothing_lost_or_repeated(stack, journal)
