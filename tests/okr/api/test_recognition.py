"""What was achieved over cycles, and what a cycle came to."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.okr.house import Team

NEXT = {"name": "FY21-Q1", "starts_on": "2020-02-01", "ends_on": "2020-04-30"}


async def ended(
    house: Team, cycle_id: str, value: str | None = None, body: Any = None, **fields: Any
) -> str:
    """An objective that was closed, with a key result at `value`."""
    objective_id = await house.objective(cycle_id, **fields)
    if value is not None:
        await house.check_in(await house.key_result(objective_id), value=value)
    await house.post(f"/v1/objectives/{objective_id}:close", {} if body is None else body)
    return objective_id


async def test_achievements_of_all_cycles_stand_newest_first_page_by_page(team: Team):
    older, newer = await team.cycle(), await team.cycle(**NEXT)
    first = await ended(team, newer, "35", title="newer")
    second = await ended(team, older, "34", title="older")
    await ended(team, older, "23", title="missed")
    page = await team.get("/v1/achievements", limit=3)
    rest = await team.get("/v1/achievements", limit=3, cursor=page["next_cursor"])
    shown = [(item["type"], item["objective_id"]) for item in page["items"] + rest["items"]]
    assert sorted(shown[:2]) == [("key_result", first), ("objective", first)]
    assert sorted(shown[2:]) == [("key_result", second), ("objective", second)]
    assert rest["next_cursor"] is None
    moments = [item["achieved_at"] for item in page["items"] + rest["items"]]
    assert moments == sorted(moments, reverse=True)
    assert {item["cycle_name"] for item in rest["items"]} == {"FY20-Q4"}


async def test_achievements_are_chosen_and_counted(team: Team):
    older, newer = await team.cycle(), await team.cycle(**NEXT)
    await ended(team, older, "35", owner="sales-lead", team="sales")
    between = {"known_at": datetime.now(UTC).isoformat()}
    await ended(team, newer, "35", owner="data-lead", team="data")
    await ended(team, newer, "35", owner="data-lead", team="data")
    for chosen, count in (
        ({"owner": "sales-lead"}, 2),
        ({"team": "data"}, 4),
        ({"cycle_id": older}, 2),
        ({"since": "2020-02-01T00:00:00Z"}, 4),
        ({"until": "2020-02-01T00:00:00Z"}, 2),
        (between, 2),
        ({"valid_at": "2020-03-01T00:00:00Z"}, 2),
        ({"owner": "nobody"}, 0),
    ):
        assert len((await team.get("/v1/achievements", **chosen))["items"]) == count
    by_team = await team.get("/v1/achievements/summary", by="team")
    assert by_team["items"] == [
        {"name": "data", "objectives": 2, "key_results": 2},
        {"name": "sales", "objectives": 1, "key_results": 1},
    ]
    (by_owner,) = (await team.get("/v1/achievements/summary", by="owner", **between))["items"]
    assert by_owner["name"] == "sales-lead"


async def test_a_retrospective_tells_how_each_objective_ended(team: Team):
    cycle_id, next_id = await team.cycle(), await team.cycle(**NEXT)
    achieved = await ended(team, cycle_id, "35", team="sales")
    await ended(team, cycle_id, "23", {"learned": "start earlier"}, team="sales", title="missed")
    await ended(team, cycle_id, None, {"learned": "they rent"}, kind="learning", team=None)
    gone = {"outcome": "cancelled", "reason": "no market"}
    await ended(team, cycle_id, None, gone, title="cancelled")
    between = {"known_at": datetime.now(UTC).isoformat()}
    carried = await team.objective(cycle_id, title="carried")
    await team.post(f"/v1/objectives/{carried}:carry-over", {"to_cycle_id": next_id})
    await team.objective(cycle_id, title="open")

    found = await team.get(f"/v1/cycles/{cycle_id}/retrospective")
    assert found["summary"] == {
        "achieved": 1,
        "missed": 1,
        "learned": 1,
        "carried_over": 1,
        "cancelled": 1,
        "open": 1,
        "mean_grade": "0.538462",
    }
    assert [ending["id"] for ending in found["achieved"]] == [achieved]
    assert [ending["reason"] for ending in found["cancelled"]] == ["no market"]
    assert found["carried_over"][0]["carried_to"] is not None
    assert sorted(lesson["text"] for lesson in found["lessons"]) == ["start earlier", "they rent"]
    assert [summary["team"] for summary in found["teams"]] == ["marketing", "sales", None]
    believed = await team.get(f"/v1/cycles/{cycle_id}/retrospective", **between)
    assert (believed["summary"]["carried_over"], believed["summary"]["open"]) == (0, 0)


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1+1"])
async def test_a_retrospective_as_csv_runs_nothing_in_a_spreadsheet(team: Team, title):
    cycle_id = await team.cycle()
    await ended(team, cycle_id, None, {"outcome": "missed", "reason": "\t=2+2"}, title=title)
    await team.get("/v1/cycles")
    response = await team.send("GET", f"/v1/cycles/{cycle_id}/retrospective?format=csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="retrospective-{cycle_id}.csv"' in response.headers["content-disposition"]
    (row,) = csv.DictReader(io.StringIO(response.text))
    assert (row["section"], row["title"]) == ("missed", f"'{title.strip()}")
    assert row["reason"] == "'=2+2"


async def test_a_retrospective_as_markdown_shows_text_as_it_is(team: Team):
    cycle_id = await team.cycle(name="Q4 | <b>last</b>")
    await ended(team, cycle_id, "35", title="Be *known*", team="a|b")
    await ended(team, cycle_id, None, {"learned": "they\nrent"}, kind="learning")
    await team.get("/v1/cycles")
    response = await team.send("GET", f"/v1/cycles/{cycle_id}/retrospective?format=markdown")
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    lines = response.text.splitlines()
    assert lines[0] == r"# Q4 \| \<b\>last\</b\>"
    assert r"- Be \*known\* (a\|b, marketing-lead): 1.000000 (green)" in lines
    assert "- Be known in every harbour: they rent" in lines
    assert "| All | 1 | 0 | 1 | 0 | 0 | 0 | 1.000000 |" in lines


async def test_a_retrospective_of_what_is_not_there(team: Team):
    cycle_id = await team.cycle()
    stranger = Team(team.house, f"{team.tenant}-b")
    for form in ("json", "csv", "markdown"):
        path = f"/v1/cycles/{cycle_id}/retrospective?format={form}"
        assert (await stranger.send("GET", path)).status_code == 404
    path = f"/v1/cycles/{cycle_id}/retrospective?format=pdf"
    assert (await team.send("GET", path)).status_code == 422
