"""A body of any size is taken in by a process that does not grow with it."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import orjson
from helmlog_web.testing import AUDIENCE, ISSUER, TestIssuer

from tests.bench.serving import served
from tests.kpi.domain.builders import START
from tests.kpi.service import Service

ROWS = 200_000
_RESIDENT = re.compile(r"^process_resident_memory_bytes (\S+)$", re.MULTILINE)


async def _body(count: int, first: int = 0) -> AsyncIterator[bytes]:
    """One row in four is a reading, the others say that they are none."""
    for start in range(first, first + count, 1_000):
        numbers = range(start, start + 1_000)
        yield b"".join(
            b'{"kpi":"demand","observed_at":"%b","value":%d,"note":"%b"}\n'
            % (
                (START + timedelta(seconds=number)).isoformat().encode(),
                number,
                b"x" * 60,
            )
            if number % 4 == 0
            else orjson.dumps({"kpi": "demand", "value": number}) + b"\n"
            for number in numbers
        )


async def test_a_large_body_is_taken_in_within_a_little_memory(database, tmp_path):
    issuer = TestIssuer()
    (tmp_path / "jwks.json").write_bytes(issuer.jwks)
    environment = {
        **os.environ,
        "HELMLOG_DATABASE_URL": database.app,
        "HELMLOG_KAFKA_BOOTSTRAP": "unused:9092",
        "HELMLOG_JWKS_PATH": str(tmp_path / "jwks.json"),
        "HELMLOG_ISSUER": ISSUER,
        "HELMLOG_AUDIENCE": AUDIENCE,
    }
    async with (
        Service.open(database.app) as service,
        served("kpi_service.main", environment) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120) as client,
    ):
        await service.define("demand")
        headers = issuer.headers("ingest", tenant=service.tenant)
        headers["Content-Type"] = "application/x-ndjson"

        async def post(count: int, first: int = 0) -> dict[str, int]:
            content = _body(count, first)
            answer = await client.post("/v1/readings", content=content, headers=headers)
            assert answer.status_code == 200, answer.text
            return answer.json()

        async def resident() -> float:
            found = _RESIDENT.search((await client.get("/metrics")).text)
            assert found is not None
            return float(found[1])

        await post(20_000)
        before = await resident()
        sending = asyncio.create_task(post(ROWS, first=20_000))
        most = before
        while not sending.done():
            most = max(most, await resident())
            await asyncio.wait([sending], timeout=0.2)
        answer = await sending
        most = max(most, await resident())
    assert (answer["accepted"], answer["rejected_total"]) == (ROWS / 4, ROWS * 3 / 4)
    assert len(answer["rejected"]) == 1_000
    assert most - before < 30_000_000
