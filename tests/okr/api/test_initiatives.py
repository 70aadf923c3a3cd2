from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from helmlog_events.contracts.okr import KeyResultAttached, KeyResultDetached, KeyResultMoved
from helmlog_events.envelope import ANY_VERSION, Append, Metadata, NewEvent, StreamWrite
from helmlog_events.ids import stream_id

from tests.okr.house import Team, instant

FAIR = {
    "title": "A fair on the quay",
    "effort": "5",
    "owner": "ann",
    "team": "marketing",
    "due_on": "2019-12-01",
}


async def planned(people: Team, key_result_id: str, **fields):
    body = {**FAIR, **fields}
    return await people.post(f"/v1/key-results/{key_result_id}/initiatives", body)


async def a_key_result(team: Team) -> tuple[str, str, str]:
    cycle_id = await team.cycle()
    objective_id = await team.objective(cycle_id)
    return cycle_id, objective_id, await team.key_result(objective_id)


async def test_an_initiative_goes_its_way(team: Team):
    cycle_id, objective_id, key_result_id = await a_key_result(team)
    path = f"/v1/key-results/{key_result_id}/initiatives"
    response = await team.send("POST", path, FAIR)
    plan = response.json()
    one = f"/v1/initiatives/{plan['id']}"
    assert (response.status_code, response.headers["Location"]) == (201, one)
    assert (plan["state"], plan["version"]) == ("planned", 1)
    assert (plan["objective_id"], plan["cycle_id"]) == (objective_id, cycle_id)
    assert await team.get(one) == plan
    assert (await team.post(f"{one}:start"))["state"] == "started"
    done = await team.post(f"{one}:finish", {"effort_spent": "6.50"})
    assert (done["state"], done["effort_spent"]) == ("finished", "6.50")
    assert (await team.post(f"{one}:resume", {"reason": "rain"}))["state"] == "started"
    gone = await team.post(f"{one}:cancel", {"reason": "more rain"})
    assert (gone["state"], gone["reason"], gone["version"]) == ("cancelled", "more rain", 5)
    assert await team.get(one) == gone
    listed = await team.get(f"/v1/key-results/{key_result_id}/initiatives")
    assert listed["items"] == [gone]


async def test_a_revision_changes_what_it_names(team: Team):
    _, _, key_result_id = await a_key_result(team)
    plan = await planned(team, key_result_id)
    body = {"reason": "smaller", "effort": "2", "due_on": None, "title": None}
    shown = await team.change("PATCH", f"/v1/initiatives/{plan['id']}", body)
    changed = {"effort": "2", "due_on": None, "version": 2, "overdue": False}
    assert shown == {**plan, **changed}


async def test_a_step_rests_on_the_version_it_was_made_from(team: Team):
    _, _, key_result_id = await a_key_result(team)
    path = f"/v1/initiatives/{(await planned(team, key_result_id))['id']}:start"
    stale = await team.send("POST", path, {}, **{"If-Match": '"2"'})
    assert stale.status_code == 412


async def test_initiatives_of_a_cycle_are_filtered_and_summed_up(team: Team):
    for slug, parent, kind in (("acme", None, "company"), ("marketing", "acme", "department")):
        body = {"slug": slug, "name": slug.title(), "kind": kind, "parent": parent}
        await team.post("/v1/units", {**body, "effective_from": "2019-01-01T00:00:00Z"})
    cycle_id, objective_id, key_result_id = await a_key_result(team)
    other = await team.key_result(objective_id, title="another")
    first = await planned(team, key_result_id)
    second = await planned(team, other, owner="bob", due_on="2020-01-31")
    third = await planned(team, other, team=None, effort="3", effort_unit="points")
    await team.post(f"/v1/initiatives/{second['id']}:finish", {"effort_spent": "4"})
    path = f"/v1/cycles/{cycle_id}/initiatives"
    shown = await team.get(path)
    assert [item["id"] for item in shown["items"]] == [first["id"], second["id"], third["id"]]
    assert [item["overdue"] for item in shown["items"]] == [True, False, True]
    assert [item["team_name"] for item in shown["items"]] == ["Marketing", "Marketing", None]
    summary = {item["key_result_id"]: item["initiatives"] for item in shown["by_key_result"]}
    assert summary[other] == {
        "planned": 1,
        "started": 0,
        "finished": 1,
        "cancelled": 0,
        "effort": {"person_days": "5", "points": "3"},
        "effort_spent": {"person_days": "4"},
    }
    units = {item["unit"]: item["initiatives"]["effort"] for item in shown["by_unit"]}
    assert units == {"acme": {"person_days": "10"}, None: {"points": "3"}}
    board = await team.get(f"/v1/cycles/{cycle_id}/board")
    assert board["initiatives"] == shown["by_key_result"]

    async def ids(**query):
        return [item["id"] for item in (await team.get(path, **query))["items"]]

    assert await ids(owner="bob") == [second["id"]]
    assert await ids(team="marketing") == [first["id"], second["id"]]
    assert await ids(state="finished") == [second["id"]]
    assert await ids(key_result_id=other) == [second["id"], third["id"]]
    assert await ids(overdue=True) == [first["id"], third["id"]]
    assert await ids(valid_at="2019-11-20T00:00:00Z", overdue=True) == []
    page = await team.get(path, limit=2)
    assert page["by_key_result"] == shown["by_key_result"]
    rest = await team.get(path, limit=2, cursor=page["next_cursor"])
    assert [item["id"] for item in rest["items"]] == [third["id"]]
    assert rest["next_cursor"] is None


async def test_what_was_known_leaves_out_what_was_told_later(team: Team):
    cycle_id, _, key_result_id = await a_key_result(team)
    plan = await planned(team, key_result_id)
    known = {"known_at": datetime.now(UTC).isoformat()}
    await team.post(f"/v1/initiatives/{plan['id']}:start")
    await planned(team, key_result_id)
    assert await team.get(f"/v1/initiatives/{plan['id']}", **known) == plan
    path = f"/v1/key-results/{key_result_id}/initiatives"
    assert (await team.get(path, **known))["items"] == [plan]
    board = await team.get(f"/v1/cycles/{cycle_id}/board", **known)
    (work,) = board["initiatives"]
    assert (work["initiatives"]["planned"], work["initiatives"]["started"]) == (1, 0)


async def test_work_follows_its_key_result_to_another_objective(team: Team):
    cycle_id, objective_id, key_result_id = await a_key_result(team)
    plan = await planned(team, key_result_id)
    other = await team.objective(cycle_id)
    await moved(team, cycle_id, key_result_id, objective_id, other)
    assert (await team.get(f"/v1/initiatives/{plan['id']}"))["objective_id"] == other
    (listed,) = (await team.get(f"/v1/cycles/{cycle_id}/initiatives"))["items"]
    assert listed["objective_id"] == other
    assert (await team.post(f"/v1/initiatives/{plan['id']}:start"))["objective_id"] == other


async def moved(team: Team, cycle_id: str, key_result_id: str, before: str, after: str) -> None:
    """Writes what a move writes: on the key result and on both objectives."""
    cycle, key_result = UUID(cycle_id), UUID(key_result_id)
    told = {
        stream_id("key_result", key_result): KeyResultMoved(
            cycle_id=cycle,
            key_result_id=key_result,
            objective_id=UUID(after),
            from_objective_id=UUID(before),
            reason="it fits better",
        ),
        stream_id("objective", before): KeyResultDetached(
            cycle_id=cycle, objective_id=UUID(before), key_result_id=key_result
        ),
        stream_id("objective", after): KeyResultAttached(
            cycle_id=cycle, objective_id=UUID(after), key_result_id=key_result
        ),
    }
    at = instant("2019-11-20T00:00:00")
    writes = tuple(
        StreamWrite(stream, ANY_VERSION, (NewEvent(event, at),)) for stream, event in told.items()
    )
    appended = await team.house.store.append(Append(team.tenant, Metadata(actor="user-1"), writes))
    team.seq = max(team.seq, appended.last_seq)


@pytest.mark.parametrize(
    ("fields", "slug"),
    [
        ({"effort": 0}, "effort-not-positive"),
        ({"effort": "-1"}, "effort-not-positive"),
        ({"effort_unit": "coffees"}, "validation"),
        ({"due_on": "2020-02-01"}, "initiative-due-outside-cycle"),
        ({"due_on": "2019-10-31"}, "initiative-due-outside-cycle"),
        ({"title": ""}, "validation"),
    ],
)
async def test_an_initiative_that_cannot_be(team: Team, fields, slug):
    _, _, key_result_id = await a_key_result(team)
    path = f"/v1/key-results/{key_result_id}/initiatives"
    assert await team.refused(path, {**FAIR, **fields}) == slug


async def test_steps_out_of_order(team: Team):
    cycle_id, _, key_result_id = await a_key_result(team)
    path = f"/v1/initiatives/{(await planned(team, key_result_id))['id']}"
    assert await team.refused(f"{path}:finish", {"effort_spent": -1}) == "effort-spent-negative"
    await team.post(f"{path}:cancel", {"reason": "rain"})
    assert await team.refused(f"{path}:start") == "initiative-over"
    assert await team.refused(f"{path}:finish", {}) == "initiative-over"
    body = {"reason": "x", "title": "y"}
    assert await team.refused(path, body, method="PATCH") == "initiative-over"
    await team.post(f"/v1/cycles/{cycle_id}:close")
    assert await team.refused(f"{path}:resume", {"reason": "sun"}) == "cycle-closed"
    plan = f"/v1/key-results/{key_result_id}/initiatives"
    assert await team.refused(plan, FAIR) == "cycle-closed"


async def test_what_is_not_there_is_not_found(team: Team):
    nothing = uuid4()
    plan = f"/v1/key-results/{nothing}/initiatives"
    assert await team.refused(plan, FAIR, status=404) == "unknown-key-result"
    start = f"/v1/initiatives/{nothing}:start"
    assert await team.refused(start, status=404) == "unknown-initiative"
    for path in (plan, f"/v1/initiatives/{nothing}", f"/v1/cycles/{nothing}/initiatives"):
        assert (await team.send("GET", path)).status_code == 404


async def test_work_of_another_tenant_is_not_there(team: Team):
    cycle_id, _, key_result_id = await a_key_result(team)
    plan = await planned(team, key_result_id)
    stranger = Team(team.house, f"{team.tenant}-b")
    for path in (f"/v1/initiatives/{plan['id']}", f"/v1/cycles/{cycle_id}/initiatives"):
        assert (await stranger.send("GET", path)).status_code == 404
