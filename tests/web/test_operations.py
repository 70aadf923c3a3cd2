import asyncio
from typing import Any

import httpx
import pytest
import structlog
from helmlog_web.health import NotReady, ReadinessCheck, find_unready
from prometheus_client import REGISTRY

from tests.web.harbour import Harbour
from tests.web.probes import problem


async def test_alive_needs_no_token(client: httpx.AsyncClient) -> None:
    del client.headers["Authorization"]
    assert (await client.get("/healthz")).json() == {"status": "alive"}


async def test_ready_says_what_was_checked(client: httpx.AsyncClient) -> None:
    assert (await client.get("/readyz")).json() == {"status": "ready", "checks": ["broker"]}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (NotReady("lag is 512"), "lag is 512"),
        (OSError("connect to 10.0.0.7 failed"), "OSError"),
        (TimeoutError(), "no answer within 2 s"),
    ],
)
async def test_unready_says_who_is_not_and_names_no_address(
    client: httpx.AsyncClient, harbour: Harbour, error: Exception, reason: str
) -> None:
    harbour.unready = error
    document = problem(await client.get("/readyz"), 503, "not-ready")
    assert document["not_ready"] == [{"name": "broker", "reason": reason}]


async def test_a_check_that_hangs_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helmlog_web.health._PATIENCE", 0.01)
    stuck = ReadinessCheck("broker", asyncio.Event().wait)
    assert await find_unready([stuck]) == {"broker": "no answer within 0.01 s"}


def _count(method: str, route: str, status: str) -> float:
    labels = {"method": method, "route": route, "status": status}
    return REGISTRY.get_sample_value("helmlog_http_requests_total", labels) or 0


async def test_requests_are_counted_by_route_template(client: httpx.AsyncClient) -> None:
    route = "/v1/ships/{ship}"
    before = _count("PATCH", route, "422")
    for ship in ("a", "b"):
        await client.patch(f"/v1/ships/{ship}", json={"title": "Meteor"})
    assert _count("PATCH", route, "422") == before + 2


async def test_what_clients_make_up_is_counted_as_one(client: httpx.AsyncClient) -> None:
    before = _count("other", "unmatched", "404")
    await client.request("BREW", "/coffee")
    await client.request("STEEP", "/tea")
    assert _count("other", "unmatched", "404") == before + 2


async def test_failures_are_counted(client: httpx.AsyncClient) -> None:
    before = _count("GET", "/v1/broken", "500")
    with structlog.testing.capture_logs():
        await client.get("/v1/broken")
    assert _count("GET", "/v1/broken", "500") == before + 1


async def test_metrics_are_prometheus_text(client: httpx.AsyncClient) -> None:
    await client.get("/v1/ships")
    response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    assert 'helmlog_http_request_seconds_bucket{le="0.001",method="GET",route="/v1/ships"}' in (
        response.text
    )
    assert "process_cpu_seconds_total" in response.text


async def test_every_operation_promises_problems_only(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert document["components"]["schemas"]["Problem"]["required"] == ["type", "title", "status"]
    operations = [
        operation for methods in document["paths"].values() for operation in methods.values()
    ]
    assert len(operations) == 10
    for operation in operations:
        for status, response in operation["responses"].items():
            if status[0] in "45":
                assert response["content"] == {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                }
        assert {"4XX", "5XX"} <= operation["responses"].keys()


def types(operation: dict[str, Any], status: int) -> set[str]:
    told = operation["responses"].get(str(status), {}).get("x-problem-types", ())
    return {one.removeprefix("https://helmlog.dev/problems/") for one in told}


async def test_an_operation_tells_the_problems_of_its_kind_and_its_own(
    client: httpx.AsyncClient,
) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    sink, ships = paths["/v1/ships/{ship}:sink"]["post"], paths["/v1/ships"]
    assert types(sink, 422) == {"validation", "unstorable-text", "ship-sunk"}
    assert types(sink, 404) == {"not-found"}
    assert types(sink, 409) == set()
    assert types(ships["post"], 409) == {"conflict"}
    assert types(ships["post"], 422) == {"validation", "unstorable-text", "idempotency-key-reused"}
    assert types(ships["post"], 415) == {"unsupported-media-type"}
    assert types(ships["get"], 503) == {
        "store-unavailable",
        "keys-unavailable",
        "read-model-behind",
    }
    assert types(ships["get"], 404) == types(ships["get"], 415) == set()
    assert types(paths["/v1/broken"]["get"], 401) == set()


async def test_commands_document_their_headers_and_the_token(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    create = document["paths"]["/v1/ships"]["post"]
    names = {parameter["name"] for parameter in create["parameters"]}
    assert names == {"Idempotency-Key", "If-Match"}
    assert create["security"] == [{"bearer": []}]
    assert document["components"]["securitySchemes"]["bearer"]["bearerFormat"] == "JWT"
