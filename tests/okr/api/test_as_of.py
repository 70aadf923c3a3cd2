"""Two times: when it was true, and what was known by then."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.okr.house import Team


async def test_a_past_day_shows_the_value_it_had_whenever_that_was_told(team: Team):
    cycle_id = await team.cycle()
    objective_id = await team.objective(cycle_id)
    key_result_id = await team.key_result(objective_id)
    await team.check_in(key_result_id, value="35", observed_at="2020-01-20T00:00:00Z")
    await team.check_in(key_result_id, value="23", observed_at="2019-11-10T00:00:00Z")
    path = f"/v1/key-results/{key_result_id}"
    assert (await team.get(path))["value"] == "35"

    november = {"valid_at": "2019-11-12T00:00:00Z"}
    past = await team.get(path, **november)
    assert (past["value"], past["progress"]) == ("23", "0.076923")
    assert past["expected_progress"] == "0.119565"
    assert (past["status"], past["status_rule"]) == ("on_track", "computed")

    later = await team.get(path, valid_at="2019-12-12T00:00:00Z")
    assert (later["value"], later["status"]) == ("23", "outdated")

    earlier = await team.get(path, valid_at="2019-11-02T00:00:00Z")
    assert (earlier["value"], earlier["status"]) == (None, "not_measured")


async def test_what_was_known_leaves_out_what_was_told_later(team: Team):
    cycle_id = await team.cycle()
    key_result_id = await team.key_result(await team.objective(cycle_id))
    await team.check_in(key_result_id, value="23", observed_at="2019-11-10T00:00:00Z")
    between = {"known_at": datetime.now(UTC).isoformat()}
    await team.check_in(key_result_id, value="24", observed_at="2019-11-10T00:00:00Z")
    path = f"/v1/key-results/{key_result_id}"
    believed = await team.get(path, **between, valid_at="2019-11-10T00:00:00Z")
    known = await team.get(path, valid_at="2019-11-10T00:00:00Z")
    assert (believed["value"], known["value"]) == ("23", "24")
    assert (believed["version"], known["version"]) == (3, 5)


async def test_a_past_board_shows_what_the_single_things_showed(team: Team):
    cycle_id = await team.cycle()
    objective_id = await team.objective(cycle_id)
    first = await team.key_result(objective_id)
    await team.check_in(first, value="23", observed_at="2019-11-10T00:00:00Z")
    moments = [{"valid_at": "2019-11-12T00:00:00Z"}, {"known_at": datetime.now(UTC).isoformat()}]
    moments.append({**moments[0], **moments[1]})
    await team.check_in(first, value="30", observed_at="2020-01-10T00:00:00Z")
    await team.check_in(first, value="22", observed_at="2019-11-11T00:00:00Z")
    second = await team.key_result(objective_id, title="told later")
    await team.check_in(second, value="33")
    await team.objective(cycle_id, title="drafted later")
    await team.post(f"/v1/objectives/{objective_id}:close", {"outcome": "missed", "reason": "late"})
    await team.post(f"/v1/cycles/{cycle_id}:close")
    for moment in moments:
        board = await team.get(f"/v1/cycles/{cycle_id}/board", **moment)
        assert board["cycle"] == await team.get(f"/v1/cycles/{cycle_id}", **moment)
        assert board["cycle"]["state"] == "active"
        shown = {objective["id"]: objective for objective in board["objectives"]}
        assert shown[objective_id]["state"] == "active"
        for objective in board["objectives"]:
            assert objective == await team.get(f"/v1/objectives/{objective['id']}", **moment)
    (objective,) = (await team.get(f"/v1/cycles/{cycle_id}/board", **moments[2]))["objectives"]
    assert [part["value"] for part in objective["key_results"]] == ["23"]


async def test_what_did_not_exist_yet_is_not_found(team: Team):
    before = datetime.now(UTC).isoformat()
    cycle_id = await team.cycle()
    response = await team.send("GET", f"/v1/cycles/{cycle_id}?known_at={before[:-6]}Z")
    assert response.status_code == 404


async def test_any_instant_a_client_can_name_is_answered(team: Team):
    cycle_id = await team.cycle()
    for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        for name in ("valid_at", "known_at"):
            for path in (f"/v1/cycles/{cycle_id}", f"/v1/cycles/{cycle_id}/board"):
                response = await team.send("GET", f"{path}?{name}={moment}")
                assert response.status_code in {200, 404}, response.text
