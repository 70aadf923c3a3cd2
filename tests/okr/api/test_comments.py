from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.okr.house import Team


def someone_else(team: Team, role: str = "contributor") -> Team:
    return Team(team.house, team.tenant, role=role, subject="user-2", seq=team.seq)


@pytest.fixture
async def subjects(team: Team) -> dict[str, str]:
    """The paths of an objective, a key result and an initiative, and their cycle's id."""
    cycle_id = await team.cycle()
    objective_id = await team.objective(cycle_id)
    key_result_id = await team.key_result(objective_id)
    plan = f"/v1/key-results/{key_result_id}/initiatives"
    initiative = await team.post(plan, {"title": "A fair on the quay"})
    return {
        "objective": f"/v1/objectives/{objective_id}/comments",
        "key_result": f"/v1/key-results/{key_result_id}/comments",
        "initiative": f"/v1/initiatives/{initiative['id']}/comments",
        "cycle": cycle_id,
    }


@pytest.mark.parametrize("kind", ["objective", "key_result", "initiative"])
async def test_a_comment_stands_with_its_subject(team: Team, subjects, kind):
    response = await team.send("POST", subjects[kind], {"text": "Well done,\nall of you"})
    said = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == f"/v1/comments/{said['id']}"
    assert (said["author"], said["subject"]["type"]) == ("user-1", kind)
    assert (said["text"], said["late_correction"]) == ("Well done,\nall of you", False)
    assert await team.get(f"/v1/comments/{said['id']}") == said
    for other in ("objective", "key_result", "initiative"):
        listed = (await team.get(subjects[other]))["items"]
        assert listed == ([said] if other == kind else [])


async def test_comments_are_listed_as_they_were_said_page_by_page(team: Team, subjects):
    path = subjects["objective"]
    said = [(await team.post(path, {"text": text}))["id"] for text in "abc"]
    answer = await team.post(path, {"text": "d", "reply_to": said[0]})
    await team.post(f"/v1/comments/{said[0]}:withdraw", {"reason": "a slip"})
    first = await team.get(path, limit=3)
    second = await team.get(path, limit=3, cursor=first["next_cursor"])
    items = [*first["items"], *second["items"]]
    assert [item["id"] for item in items] == [*said, answer["id"]]
    assert second["next_cursor"] is None
    assert items[0]["text"] is None
    assert (items[0]["withdrawn_by"], items[0]["withdrawn_because"]) == ("user-1", "a slip")
    assert items[3]["reply_to"] == said[0]


async def test_what_was_known_leaves_out_what_was_said_and_withdrawn_later(team: Team, subjects):
    path = subjects["objective"]
    said = await team.post(path, {"text": "a"})
    moment = datetime.now(UTC).isoformat()
    await team.post(path, {"text": "b"})
    await team.post(f"/v1/comments/{said['id']}:withdraw")
    for at in ({"known_at": moment}, {"valid_at": moment}):
        assert (await team.get(path, **at))["items"] == [said]
        assert await team.get(f"/v1/comments/{said['id']}", **at) == said


async def test_only_its_author_or_an_admin_withdraws_a_comment(team: Team, subjects):
    said = [(await team.post(subjects["objective"], {"text": text}))["id"] for text in "ab"]
    paths = [f"/v1/comments/{comment_id}:withdraw" for comment_id in said]
    other = someone_else(team)
    assert await other.refused(paths[0], status=403) == "not-the-author"
    assert (await team.post(paths[0]))["withdrawn_by"] == "user-1"
    admin = someone_else(team, role="admin")
    assert (await admin.post(paths[1]))["withdrawn_by"] == "user-2"
    reader = someone_else(team, role="viewer")
    assert await reader.refused(paths[1], status=403) == "forbidden"


async def test_a_closed_cycle_is_talked_about_and_the_talk_is_marked_late(team: Team, subjects):
    early = await team.post(subjects["objective"], {"text": "on the way"})
    await team.post(f"/v1/cycles/{subjects['cycle']}:close")
    late = await team.post(subjects["objective"], {"text": "what did we learn?"})
    assert late["late_correction"]
    gone = await team.post(f"/v1/comments/{early['id']}:withdraw")
    assert (gone["late_correction"], gone["text"]) == (False, None)


async def test_a_comment_that_cannot_be(team: Team, subjects):
    path = subjects["objective"]
    assert await team.refused(path, {"text": " \n "}) == "validation"
    assert await team.refused(path, {"text": "x" * 10_001}) == "validation"
    nothing = str(uuid4())
    assert await team.refused(path, {"text": "x", "reply_to": nothing}) == "unknown-comment"
    elsewhere = (await team.post(subjects["key_result"], {"text": "x"}))["id"]
    assert await team.refused(path, {"text": "x", "reply_to": elsewhere}) == "reply-elsewhere"


async def test_what_is_not_there_is_not_found(team: Team):
    nothing = uuid4()
    for place, slug in (
        ("objectives", "unknown-objective"),
        ("key-results", "unknown-key-result"),
        ("initiatives", "unknown-initiative"),
    ):
        path = f"/v1/{place}/{nothing}/comments"
        assert await team.refused(path, {"text": "x"}, status=404) == slug
        assert (await team.send("GET", path)).status_code == 404
    path = f"/v1/comments/{nothing}"
    assert await team.refused(f"{path}:withdraw", status=404) == "unknown-comment"
    assert (await team.send("GET", path)).status_code == 404


async def test_talk_of_another_tenant_is_not_there(team: Team, subjects):
    said = await team.post(subjects["objective"], {"text": "a"})
    stranger = Team(team.house, f"{team.tenant}-b", role="admin")
    for path in (subjects["objective"], f"/v1/comments/{said['id']}"):
        assert (await stranger.send("GET", path)).status_code == 404
    withdraw = f"/v1/comments/{said['id']}:withdraw"
    assert await stranger.refused(withdraw, status=404) == "unknown-comment"
