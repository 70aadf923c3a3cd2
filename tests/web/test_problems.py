import httpx
import pytest
import structlog

from tests.web.harbour import Harbour
from tests.web.probes import problem

SHIP = "0197a3c0-0000-7000-8000-000000000001"


async def test_an_unknown_route_is_a_problem(client: httpx.AsyncClient) -> None:
    problem(await client.get("/v1/nowhere"), 404, "not-found")


async def test_a_trailing_slash_is_another_route(client: httpx.AsyncClient) -> None:
    problem(await client.get("/v1/ships/"), 404, "not-found")


async def test_a_method_that_is_not_allowed_names_those_that_are(
    client: httpx.AsyncClient,
) -> None:
    response = await client.delete(f"/v1/ships/{SHIP}")
    problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "PATCH"


async def test_a_body_that_is_not_json_by_its_type_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/v1/ships", content=b"title=Meteor", headers={"Content-Type": "text/plain"}
    )
    problem(response, 415, "unsupported-media-type")


async def test_an_encoded_body_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/ships", json={}, headers={"Content-Encoding": "gzip"})
    problem(response, 415, "unsupported-media-type")


async def test_findings_point_into_the_body(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/v1/ships",
        json={
            "title": "Meteor",
            "moorings": [{"length": "1"}, {"length": "x", "a/b~c": 1, "é 5%\n": 1}],
        },
    )
    errors = problem(response, 422, "validation")["errors"]
    assert {error["pointer"] for error in errors} == {
        "#/moorings/1/length",
        "#/moorings/1/a~1b~0c",
        "#/moorings/1/%C3%A9%205%25%0A",
    }
    assert all(error["detail"] for error in errors)


async def test_findings_name_the_parameter(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/ships", params={"limit": "0"})
    (error,) = problem(response, 422, "validation")["errors"]
    assert (error["in"], error["name"]) == ("query", "limit")


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        ("GET", "/v1/berths/7?draught=9", {"in": "query", "name": "draught"}),
        ("GET", "/v1/berths/7?draught=0", {"in": "path", "name": "berth"}),
        ("POST", "/v1/berths", {"pointer": "#/draught"}),
    ],
)
async def test_a_rule_names_the_parameter_where_there_is_no_body(
    client: httpx.AsyncClient, method: str, path: str, told: dict[str, str]
) -> None:
    (error,) = problem(await client.request(method, path), 422, "too-shallow")["errors"]
    assert error == {**told, "detail": "no ship lies there"}


async def test_a_missing_body_is_a_finding_at_the_root(client: httpx.AsyncClient) -> None:
    (error,) = problem(await client.post("/v1/ships"), 422, "validation")["errors"]
    assert error["pointer"] == "#"


async def test_what_was_sent_is_not_repeated(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/ships", json={"title": "Meteor", "crew": "hunter2"})
    problem(response, 422, "validation")
    assert "hunter2" not in response.text


async def test_a_refused_rule_looks_as_its_service_says(client: httpx.AsyncClient) -> None:
    document = problem(await client.post(f"/v1/ships/{SHIP}:sink"), 422, "ship-sunk")
    assert document["ship"] == SHIP


async def test_a_failure_gives_away_nothing_but_an_id_found_in_the_log(
    client: httpx.AsyncClient,
) -> None:
    with structlog.testing.capture_logs() as logs:
        response = await client.get("/v1/broken")
    document = problem(response, 500, "internal-error")
    assert "hunter2" not in response.text
    assert "Traceback" not in response.text
    (entry,) = logs
    assert entry["error_id"] == document["error_id"]
    assert isinstance(entry["exc_info"], RuntimeError)


async def test_a_log_out_of_reach_asks_to_come_again(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/store-away")
    problem(response, 503, "store-unavailable")
    assert int(response.headers["retry-after"]) > 0


async def test_a_conflict_is_409_and_412_where_a_version_was_named(
    client: httpx.AsyncClient,
) -> None:
    problem(await client.post("/v1/conflicting"), 409, "conflict")
    document = problem(
        await client.post("/v1/conflicting", headers={"If-Match": '"3"'}), 412, "stale-version"
    )
    assert document["version"] == 4


async def test_problems_without_a_token_come_before_findings(
    client: httpx.AsyncClient, harbour: Harbour
) -> None:
    del client.headers["Authorization"]
    problem(await client.post("/v1/ships", json={"title": ""}), 401, "unauthorized")
    assert harbour.decisions == 0
