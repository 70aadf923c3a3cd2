"""What the services do is heard live, from each of them, directly and through the one origin."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import httpx
from helmlog_local.services import HOST, SERVICES

from tests.support.stack import LocalStack
from tests.web.listening import Listener, listening


def _origin(stack: LocalStack, service: str) -> str:
    return f"http://{HOST}:{stack.settings.gateway_port}/{service}"


def _client(stack: LocalStack, url: str, tenant: str, role: str = "admin") -> httpx.AsyncClient:
    token = stack.token(role, tenant)
    return httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=20.0
    )


async def _post(client: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None) -> Any:
    answer = await client.post(path, json=body or {})
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def test_a_cycle_and_a_kpi_are_heard_while_they_come_to_be(stack: LocalStack):
    tenant = f"live-{uuid4().hex[:8]}"
    async with AsyncExitStack() as exits:

        async def client(url: str) -> httpx.AsyncClient:
            return await exits.enter_async_context(_client(stack, url, tenant))

        async def listen(url: str, **query: str) -> Listener:
            return await exits.enter_async_context(listening(await client(url), **query))

        okr, kpi = await client(stack.url("okr")), await client(stack.url("kpi"))
        heard = {
            "okr": await listen(stack.url("okr")),
            "okr by the origin": await listen(_origin(stack, "okr")),
            "kpi": await listen(_origin(stack, "kpi"), type="KPIDefined"),
            "alignment": await listen(stack.url("alignment")),
            "audit": await listen(stack.url("audit")),
        }
        cycle = await _post(okr, "/v1/cycles", _CYCLE)
        activated = await _post(okr, f"/v1/cycles/{cycle['id']}:activate")
        assert activated["state"] == "active"
        await _post(kpi, "/v1/kpis", _KPI)
        for name in ("okr", "okr by the origin"):
            shown = await heard[name].next(3)
            assert [each["type"] for each in shown] == [
                "CycleOpened",
                "NameReserved",
                "CycleActivated",
            ], name
            assert shown[-1]["data"]["cycle_id"] == cycle["id"]
        (defined,) = await heard["kpi"].next()
        assert defined["data"]["slug"] == _KPI["slug"]
        silent = await asyncio.gather(*(heard[each].silent(0.3) for each in ("alignment", "audit")))
        assert all(silent)
        of_the_cycle = await listen(_origin(stack, "okr"), cycle_id=cycle["id"], after="0")
        assert [each["type"] for each in await of_the_cycle.next(2)] == [
            "CycleOpened",
            "CycleActivated",
        ]


async def test_each_service_says_who_may_not_listen(stack: LocalStack):
    for service in SERVICES:
        async with _client(stack, stack.url(service.name), "live", "ingest") as client:
            assert (await client.get("/v1/stream")).status_code == 403


_CYCLE = {
    "name": "Live",
    "kind": "quarter",
    "starts_on": "2019-11-01",
    "ends_on": "2020-01-31",
    "timezone": "UTC",
}
_KPI = {
    "slug": "live-demand",
    "name": "Demand",
    "unit": "passengers",
    "direction": "up",
    "type": "operational",
    "level": "company",
    "cadence": "PT30M",
    "aggregation": "last",
    "timezone": "UTC",
}
