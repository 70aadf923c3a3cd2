"""An objective without key results is shown by its children, wherever it is read."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.okr.house import Team, link


async def a_parent(team: Team) -> tuple[str, str, str]:
    """A cycle, an objective without key results in it, and its child's key result at 5 of 13."""
    cycle_id = await team.cycle()
    parent = await team.objective(cycle_id)
    under = {"type": "objective", "id": parent}
    child = await team.objective(cycle_id, contributes_to=under)
    key_result_id = await team.key_result(child)
    await team.check_in(key_result_id, value="27")
    return cycle_id, parent, key_result_id


async def shown_on_board(team: Team, cycle_id: str, objective_id: str, **query: str):
    board = await team.get(f"/v1/cycles/{cycle_id}/board", **query)
    (found,) = [each for each in board["objectives"] if each["id"] == objective_id]
    return found


async def test_board_and_single_read_agree(team: Team):
    cycle_id, parent, _ = await a_parent(team)
    single = await team.get(f"/v1/objectives/{parent}")
    assert (single["progress"], single["suggested_grade"]) == ("0.384615", "0.384615")
    assert single["status_rule"] != "not_measured"
    assert single == await shown_on_board(team, cycle_id, parent)
    past = {"known_at": "2019-12-01T00:00:00Z", "valid_at": "2019-12-01T00:00:00Z"}
    assert (await team.send("GET", f"/v1/objectives/{parent}?{_query(past)}")).status_code == 404


async def test_so_do_what_commands_answer(team: Team):
    cycle_id, parent, _ = await a_parent(team)
    path = f"/v1/objectives/{parent}"
    await team.settle()
    checked_in = await team.post(f"{path}/check-ins", {"narrative": "the children carry it"})
    assert checked_in["objective"]["progress"] == "0.384615"
    revised = await team.change("PATCH", path, {"title": "Known everywhere", "reason": "short"})
    assert revised["progress"] == "0.384615"
    assert revised == await shown_on_board(team, cycle_id, parent)


async def test_it_is_graded_by_what_its_children_come_to(team: Team):
    cycle_id, parent, _ = await a_parent(team)
    await team.settle()
    graded = await team.post(f"/v1/objectives/{parent}:grade")
    assert (graded["grade"], graded["suggested_grade"]) == ("0.384615", "0.384615")
    closed = await team.post(f"/v1/objectives/{parent}:close")
    assert (closed["outcome"], closed["grade"]) == ("missed", "0.384615")
    assert closed == await shown_on_board(team, cycle_id, parent)


async def test_what_gave_it_is_explained(team: Team):
    _, parent, _ = await a_parent(team)
    told = await team.get(f"/v1/objectives/{parent}/explain")
    values = {each["name"]: each for each in told["values"]}
    assert values["progress"]["rule"] == "contributing_children"
    assert values["progress"]["value"] == "0.384615"
    assert values["grade"]["formula"] == "suggested: what its children come to = 0.384615"


async def test_with_all_its_key_results_cancelled_its_linked_children_count(team: Team):
    cycle_id = await team.cycle()
    parent, child = await team.objective(cycle_id), await team.objective(cycle_id)
    dropped = await team.key_result(parent)
    await team.check_in(await team.key_result(child), value="27")
    await team.alignment_says(link(child, parent, cycle_id), datetime.now(UTC))
    assert (await team.get(f"/v1/objectives/{parent}"))["progress"] is None
    await team.post(f"/v1/key-results/{dropped}:cancel", {"reason": "no longer needed"})
    shown = await shown_on_board(team, cycle_id, parent)
    assert shown["progress"] == "0.384615"
    assert shown == await team.get(f"/v1/objectives/{parent}")


def _query(fields: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in fields.items())
