"""Check-ins over HTTP beside a bare FastAPI handler that inserts one row.

Ours is authenticated, idempotent, guarded against everything it rests on, and chained. Neither side
has a worker beside it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import uuid4

import orjson

from tests.bench.harness import Servers, alternate, concurrently, rate, report
from tests.bench.http_client import Connection
from tests.bench.quarter import create_quarter
from tests.bench.serving import TENANT, Sides, both_sides, connections

Request = Callable[[Connection, int], Awaitable[None]]
BODY = orjson.dumps({"value": "27.5", "confidence": 7, "narrative": "As planned."})


async def run(servers: Servers, *, rounds: int = 5) -> None:
    async with both_sides(servers) as sides:
        quarter = await create_quarter(sides, objectives=50, key_results=200)
        for callers, total in ((1, 1_000), (16, 4_000)):
            ours, limit = await alternate(
                lambda: _ours(sides, quarter.key_results, callers, total),  # noqa: B023 - awaited in the round
                lambda: _limit(sides, quarter.key_results, callers, total),  # noqa: B023 - awaited in the round
                rounds,
            )
            report(f"http_command_{callers}", ours, limit, "requests/s")


async def _ours(sides: Sides, key_results: Sequence[str], callers: int, total: int) -> float:
    headers = sides.issuer.headers("contributor", tenant=TENANT)
    paths = [f"/v1/key-results/{key_result}/check-ins" for key_result in key_results]

    async def one(connection: Connection, number: int) -> None:
        keyed = {**headers, "Idempotency-Key": str(uuid4())}
        answer = await connection.send("POST", paths[number % len(paths)], BODY, keyed)
        if answer.status != 201:
            raise RuntimeError(f"answered {answer.status}: {answer.body!r}")

    return await _rate(sides.okr_port, callers, total, one)


async def _limit(sides: Sides, key_results: Sequence[str], callers: int, total: int) -> float:
    async def one(connection: Connection, number: int) -> None:
        path = f"/check-ins/{key_results[number % len(key_results)]}"
        answer = await connection.send("POST", path, BODY)
        if answer.status != 201:
            raise RuntimeError(f"answered {answer.status}: {answer.body!r}")

    return await _rate(sides.bare_port, callers, total, one)


async def _rate(port: int, callers: int, total: int, one: Request) -> float:
    async with connections(port, callers) as opened:
        free = list(opened)

        async def send(number: int) -> None:
            connection = free.pop()
            await one(connection, number)
            free.append(connection)

        return await rate(concurrently(callers, total, send))
