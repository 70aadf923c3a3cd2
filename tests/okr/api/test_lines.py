"""The course of a key result: its lines, and what it came to."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.okr.house import Team


async def measured(team: Team) -> str:
    key_result_id = await team.key_result(await team.objective(await team.cycle()))
    for day, value in (("11-10", "23"), ("12-10", "27"), ("11-20", "25")):
        await team.check_in(key_result_id, value=value, observed_at=f"2019-{day}T00:00:00Z")
    return key_result_id


async def rebase(team: Team, key_result_id: str, since: str) -> None:
    body = {"target": "48", "reason": "the market grew", "effective_from": since}
    response = await team.send("PATCH", f"/v1/key-results/{key_result_id}", body)
    assert response.status_code == 200, response.text


async def test_updates_are_told_in_the_order_they_were_true(team: Team):
    key_result_id = await measured(team)
    course = await team.get(f"/v1/key-results/{key_result_id}/lines")
    assert [item["value"] for item in course["items"]] == ["23", "25", "27"]
    assert [item["progress"] for item in course["items"]] == ["0.076923", "0.230769", "0.384615"]
    (line,) = course["lines"]
    assert (line["definition"]["target"], line["until"], line["reason"]) == ("35", None, None)
    first = course["items"][0]
    assert (first["source"], first["status"], first["status_rule"]) == (
        "check_in",
        "on_track",
        "computed",
    )
    assert first["observed_at"] == first["valid_from"] == "2019-11-10T00:00:00.000000Z"
    assert first["cause"].startswith("check-in/")


async def test_both_lines_are_kept(team: Team):
    key_result_id = await measured(team)
    await rebase(team, key_result_id, "2019-12-01T00:00:00Z")
    course = await team.get(f"/v1/key-results/{key_result_id}/lines")
    old, new = course["lines"]
    assert (old["definition"]["target"], new["definition"]["target"]) == ("35", "48")
    assert old["until"] == new["since"] == "2019-12-01T00:00:00.000000Z"
    assert (new["until"], new["rebased"], new["reason"]) == (None, True, "the market grew")
    assert new["actor"] == "user-1"
    told = [(item["valid_from"][:10], item["value"], item["source"]) for item in course["items"]]
    assert told == [
        ("2019-11-10", "23", "check_in"),
        ("2019-11-20", "25", "check_in"),
        ("2019-12-01", "25", "revision"),
        ("2019-12-10", "27", "check_in"),
        ("2019-12-10", "27", "revision"),
    ]


async def test_a_part_of_the_course_page_by_page(team: Team):
    key_result_id = await measured(team)
    path = f"/v1/key-results/{key_result_id}/lines"
    part = {"from": "2019-11-20T00:00:00Z", "to": "2019-12-10T00:00:00Z"}
    assert [item["value"] for item in (await team.get(path, **part))["items"]] == ["25"]
    seen, cursor = [], {}
    while cursor is not None:
        page = await team.get(path, limit=1, **cursor)
        seen += [item["value"] for item in page["items"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert seen == ["23", "25", "27"]
    refused = await team.send("GET", f"{path}?cursor=nonsense")
    assert refused.status_code == 422


async def test_a_part_that_ends_before_it_begins_is_refused(team: Team):
    path = f"/v1/key-results/{await measured(team)}/lines"
    part = "from=2019-12-10T00:00:00Z&to=2019-11-20T00:00:00Z"
    refused = (await team.send("GET", f"{path}?{part}")).json()
    assert refused["type"] == "https://helmlog.dev/problems/stretch-empty"
    assert [(one["in"], one["name"]) for one in refused["errors"]] == [("query", "to")]


async def test_the_course_as_it_was_true_and_known(team: Team):
    key_result_id = await measured(team)
    between = datetime.now(UTC).isoformat()
    await rebase(team, key_result_id, "2019-12-01T00:00:00Z")
    path = f"/v1/key-results/{key_result_id}/lines"
    known = await team.get(path, known_at=between)
    assert (len(known["lines"]), len(known["items"])) == (1, 3)
    valid = await team.get(path, valid_at="2019-11-30T00:00:00Z")
    assert (len(valid["lines"]), [item["value"] for item in valid["items"]]) == (1, ["23", "25"])
