import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.web.harbour import Harbour
from tests.web.probes import problem

KEY = {"Idempotency-Key": "key-1"}
METEOR = {"title": "Meteor"}


async def _created(client: httpx.AsyncClient) -> str:
    response = await client.post("/v1/ships", json=METEOR)
    assert response.status_code == 201
    return str(response.json()["id"])


async def test_a_write_answers_with_its_place_its_version_and_its_seq(
    client: httpx.AsyncClient,
) -> None:
    response = await client.post("/v1/ships", json=METEOR)
    ship = response.json()["id"]
    assert response.status_code == 201
    assert response.headers["location"] == f"/v1/ships/{ship}"
    assert response.headers["etag"] == '"1"'
    assert response.headers["helmlog-seq"] == "1"
    assert response.json() == {"id": ship, "title": "Meteor", "version": 1}


async def test_who_did_it_by_which_command_and_trace_stands_in_the_log(
    client: httpx.AsyncClient, harbour: Harbour
) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await client.post("/v1/ships", json=METEOR, headers={"traceparent": trace})
    (event,) = await harbour.store.read_log(0, 10)
    metadata = json.loads(event.metadata)
    assert (event.tenant, metadata["actor"]) == ("acme", "user-1")
    assert metadata["correlation_id"] == metadata["command_id"]
    assert metadata["traceparent"] == trace


@pytest.mark.parametrize("trace", ["00-" + "0" * 32 + "-b7ad6b7169203331-01", "x", "é", ""])
async def test_a_malformed_trace_is_dropped(
    client: httpx.AsyncClient, harbour: Harbour, trace: str
) -> None:
    headers = [(b"traceparent", trace.encode())]
    response = await client.post("/v1/ships", json=METEOR, headers=headers)
    assert response.status_code == 201
    (event,) = await harbour.store.read_log(0, 10)
    assert "traceparent" not in json.loads(event.metadata)


async def test_the_same_key_and_request_replays_the_stored_response(
    client: httpx.AsyncClient, harbour: Harbour
) -> None:
    first = await client.post("/v1/ships", json=METEOR, headers=KEY)
    await client.post("/v1/ships", json={"title": "Comet"})
    again = await client.post("/v1/ships", json=METEOR, headers=KEY)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.status_code == first.status_code
    assert again.content == first.content
    for name in ("etag", "location", "helmlog-seq", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert await harbour.store.head() == 2


async def test_the_spelling_of_the_body_does_not_make_another_request(
    client: httpx.AsyncClient,
) -> None:
    headers = {**KEY, "Content-Type": "application/json"}
    first = await client.post("/v1/ships", content=b'{"title":"Meteor","crew":1}', headers=headers)
    again = await client.post(
        "/v1/ships", content=b'{ "crew": 1, "title": "M\\u0065teor" }', headers=headers
    )
    assert again.content == first.content


@pytest.mark.parametrize(
    ("path", "body", "subject"),
    [
        ("/v1/ships", {"title": "Comet"}, "user-1"),
        ("/v1/ships?x=1", METEOR, "user-1"),
        ("/v1/ships", METEOR, "user-2"),
    ],
    ids=["another body", "another query", "another caller"],
)
async def test_a_key_used_with_another_request_is_refused(
    client: httpx.AsyncClient, harbour: Harbour, path: str, body: dict[str, Any], subject: str
) -> None:
    await client.post("/v1/ships", json=METEOR, headers=KEY)
    caller = harbour.issuer.headers("contributor", subject=subject)
    response = await client.post(path, json=body, headers={**KEY, **caller})
    problem(response, 422, "idempotency-key-reused")
    assert await harbour.store.head() == 1


async def test_a_key_belongs_to_its_tenant(client: httpx.AsyncClient, harbour: Harbour) -> None:
    first = await client.post("/v1/ships", json=METEOR, headers=KEY)
    other = harbour.issuer.headers("contributor", tenant="globex")
    second = await client.post("/v1/ships", json=METEOR, headers={**KEY, **other})
    assert second.status_code == 201
    assert second.json()["id"] != first.json()["id"]


async def test_parallel_twins_have_one_effect(client: httpx.AsyncClient, harbour: Harbour) -> None:
    answers = await asyncio.gather(
        *(client.post("/v1/ships", json=METEOR, headers=KEY) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await harbour.store.head() == 1


async def test_a_twin_that_committed_between_look_up_and_append_is_replayed(
    client: httpx.AsyncClient, harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await client.post("/v1/ships", json=METEOR, headers=KEY)

    async def not_yet(_tenant: str, _key: str) -> None:
        return None

    monkeypatch.setattr(harbour.store, "find_request", not_yet)
    again = await client.post("/v1/ships", json=METEOR, headers=KEY)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    problem(
        await client.post("/v1/ships", json={"title": "Comet"}, headers=KEY),
        422,
        "idempotency-key-reused",
    )


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256, "tab\t!"])
async def test_a_key_is_1_to_255_visible_ascii_characters(
    client: httpx.AsyncClient, harbour: Harbour, key: str
) -> None:
    headers = [(b"idempotency-key", key.encode())]
    (error,) = problem(
        await client.post("/v1/ships", json=METEOR, headers=headers), 422, "validation"
    )["errors"]
    assert (error["in"], error["name"]) == ("header", "idempotency-key")
    assert harbour.decisions == 0


async def test_a_refusal_is_not_kept_under_the_key(
    client: httpx.AsyncClient, harbour: Harbour
) -> None:
    ship = await _created(client)
    stale = {**KEY, "If-Match": '"7"'}
    problem(
        await client.patch(f"/v1/ships/{ship}", json=METEOR, headers=stale), 412, "stale-version"
    )
    good = {**KEY, "If-Match": '"1"'}
    response = await client.patch(f"/v1/ships/{ship}", json=METEOR, headers=good)
    assert response.status_code == 200
    assert response.headers["etag"] == '"2"'


async def test_a_write_on_the_current_version_goes_through(client: httpx.AsyncClient) -> None:
    ship = await _created(client)
    response = await client.patch(f"/v1/ships/{ship}", json=METEOR, headers={"If-Match": '"1"'})
    assert response.headers["etag"] == '"2"'


async def test_any_existing_version_satisfies_a_star(client: httpx.AsyncClient) -> None:
    ship = await _created(client)
    response = await client.patch(f"/v1/ships/{ship}", json=METEOR, headers={"If-Match": "*"})
    assert response.status_code == 200


@pytest.mark.parametrize("condition", ["1", 'W/"1"', '"1", "2"', '""', '"-1"', '"01"', '"x"', ""])
async def test_a_malformed_condition_is_refused(client: httpx.AsyncClient, condition: str) -> None:
    ship = await _created(client)
    response = await client.patch(f"/v1/ships/{ship}", json=METEOR, headers={"If-Match": condition})
    (error,) = problem(response, 422, "validation")["errors"]
    assert error["name"] == "if-match"


async def test_a_version_no_stream_can_reach_is_stale(client: httpx.AsyncClient) -> None:
    ship = await _created(client)
    response = await client.patch(
        f"/v1/ships/{ship}", json=METEOR, headers={"If-Match": '"999999999999999999"'}
    )
    assert problem(response, 412, "stale-version")["version"] == 1


async def test_a_conflict_is_decided_again_on_what_stands_now(
    client: httpx.AsyncClient, harbour: Harbour
) -> None:
    ship = await _created(client)
    harbour.store.rivals = 2
    response = await client.patch(f"/v1/ships/{ship}", json=METEOR, headers=KEY)
    assert response.status_code == 200
    assert response.json()["version"] == 4
    assert harbour.decisions == 1 + 3


async def test_a_conflict_that_does_not_end_is_409(
    client: httpx.AsyncClient, harbour: Harbour
) -> None:
    ship = await _created(client)
    harbour.store.rivals = 5
    response = await client.patch(f"/v1/ships/{ship}", json=METEOR)
    problem(response, 409, "conflict")
    assert harbour.decisions == 1 + 5


async def test_a_conditional_write_that_lost_is_412_at_once(
    client: httpx.AsyncClient, harbour: Harbour
) -> None:
    ship = await _created(client)
    harbour.store.rivals = 1
    response = await client.patch(f"/v1/ships/{ship}", json=METEOR, headers={"If-Match": '"1"'})
    problem(response, 412, "stale-version")
    assert harbour.decisions == 1 + 1


async def test_a_command_that_changes_nothing_answers_with_where_the_log_stands(
    client: httpx.AsyncClient, harbour: Harbour
) -> None:
    ship = await _created(client)
    await client.post("/v1/ships", json=METEOR)
    response = await client.patch(f"/v1/ships/{ship}", json={"title": "unchanged"})
    assert response.status_code == 200
    assert response.headers["etag"] == '"1"'
    assert response.headers["helmlog-seq"] == "2"
    assert await harbour.store.head() == 2


async def test_a_body_that_is_not_json_is_part_of_the_request_too(
    client: httpx.AsyncClient,
) -> None:
    headers = {**KEY, "Content-Type": "text/csv"}
    response = await client.post("/v1/logbooks", content=b"\xff,1\n", headers=headers)
    assert response.json() == {"bytes": 4, "actor": "user-1"}
