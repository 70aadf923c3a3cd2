"""Retries, conflicts and conditions, as every write of the service treats them."""

from __future__ import annotations

import asyncio
from collections import Counter

from tests.okr.house import LEADS, QUARTER, Team


async def test_the_same_key_has_one_effect_however_often_it_is_sent(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    path = f"/v1/key-results/{key_result_id}/check-ins"
    headers = {"Idempotency-Key": "check-in-1"}
    responses = await asyncio.gather(
        *(team.send("POST", path, {"value": 27}, **headers) for _ in range(20))
    )
    assert {response.status_code for response in responses} == {201}
    assert len({response.content for response in responses}) == 1
    assert len({response.headers["Helmlog-Seq"] for response in responses}) == 1
    assert len((await team.get(path))["items"]) == 1
    assert await team_refused_with(team, path, {"value": 28}, headers) == 422


async def team_refused_with(team: Team, path: str, body, headers) -> int:
    return (await team.send("POST", path, body, **headers)).status_code


async def test_parallel_check_ins_are_all_kept(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    path = f"/v1/key-results/{key_result_id}/check-ins"
    sent = await asyncio.gather(
        *(team.send("POST", path, {"value": value}) for value in range(22, 26))
    )
    assert Counter(response.status_code for response in sent) == {201: 4}
    kept = (await team.get(path))["items"]
    assert {item["value"] for item in kept} == {"22", "23", "24", "25"}
    assert (await team.get(f"/v1/key-results/{key_result_id}"))["version"] == 9


async def test_parallel_key_results_are_all_known_to_their_objective(team: Team):
    objective_id = await team.objective(await team.cycle())
    path = f"/v1/objectives/{objective_id}"
    sent = await asyncio.gather(
        *(team.send("POST", f"{path}/key-results", LEADS) for _ in range(4))
    )
    added = {response.json()["id"] for response in sent if response.status_code == 201}
    shown = {part["id"] for part in (await team.get(path))["key_results"]}
    assert len(added) == 4
    assert shown == added


async def test_of_parallel_cycles_with_one_name_one_stands(team: Team):
    sent = await asyncio.gather(*(team.send("POST", "/v1/cycles", QUARTER) for _ in range(5)))
    assert Counter(response.status_code for response in sent) == {201: 1, 409: 4}
    assert len((await team.get("/v1/cycles"))["items"]) == 1


async def test_a_condition_on_an_old_version_fails(team: Team):
    path = f"/v1/cycles/{await team.cycle()}"
    stale = await team.send("POST", f"{path}:review", {}, **{"If-Match": '"1"'})
    assert stale.status_code == 412
    fresh = await team.send("POST", f"{path}:review", {}, **{"If-Match": '"2"'})
    assert (fresh.status_code, fresh.headers["ETag"]) == (200, '"3"')


async def test_a_step_asked_twice_writes_once(team: Team):
    path = f"/v1/cycles/{await team.cycle()}"
    head = await team.house.store.head()
    again = await team.post(f"{path}:activate")
    assert (again["state"], again["version"]) == ("active", 2)
    assert await team.house.store.head() == head


async def test_a_refused_check_in_leaves_no_trace(team: Team):
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    before = await team.get(f"/v1/key-results/{key_result_id}")
    path = f"/v1/key-results/{key_result_id}/check-ins"
    assert await team.refused(path, {"value": 27, "confidence": -1}) == "confidence-out-of-range"
    assert await team.get(f"/v1/key-results/{key_result_id}") == before
    assert (await team.get(path))["items"] == []
