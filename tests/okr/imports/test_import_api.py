"""Files over HTTP: what an import answers, leaves behind, and refuses."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.okr.house import Team
from tests.okr.imports.files import HEADER, QUARTER, large, sheet

_NONE = {"objectives": 0, "key_results": 0, "check_ins": 0, "grades": 0}
_WHOLE = {"objectives": 5, "key_results": 6, "check_ins": 9, "grades": 5}
_REAL = Path(os.environ.get("HELMLOG_DATA", "/nowhere")) / "okr" / "gitlab-fy20-q4.csv"

needs_real_quarter = pytest.mark.skipif(not _REAL.exists(), reason="HELMLOG_DATA is not set")


async def export(team: Team, cycle_id: str, **query: Any) -> str:
    response = await team.send(
        "GET",
        f"/v1/cycles/{cycle_id}/export?" + "&".join(f"{k}={v}" for k, v in query.items()),
        **{"Helmlog-Min-Seq": str(team.seq)},
    )
    assert response.status_code == 200, response.text
    return response.text


async def test_a_quarter_comes_in_and_goes_out_as_it_came(team: Team):
    cycle_id = await team.cycle()
    answer = await team.import_file(cycle_id, QUARTER)
    assert answer["created"] == _WHOLE
    assert answer["rejected"] == []
    assert answer["dry_run"] is False
    assert await export(team, cycle_id) == QUARTER


async def test_a_board_shows_what_was_imported_in_the_order_of_the_file(team: Team):
    cycle_id = await team.cycle()
    await team.import_file(cycle_id, QUARTER)
    board = await team.get(f"/v1/cycles/{cycle_id}/board")
    assert [objective["title"] for objective in board["objectives"]] == [
        "Be the harbour, not the storm",
        "Berths that wait for ships",
        "Head of Cranes",
        "Cranes that do not stand",
        "Nobody hurt",
    ]
    berths = board["objectives"][1]
    assert berths["state"] == "active"
    assert [(part["value"], part["progress"]) for part in berths["key_results"]] == [
        ("80", "0.800000"),
        ("0", "0.000000"),
        (None, None),
    ]


async def test_a_dry_run_says_the_same_and_does_nothing(team: Team):
    cycle_id = await team.cycle()
    head = await team.house.store.head()
    answer = await team.import_file(cycle_id, QUARTER, dry_run="true")
    assert (answer["created"], answer["dry_run"], answer["import_id"]) == (_WHOLE, True, None)
    assert await team.house.store.head() == head


async def test_again_is_no_change_and_writes_nothing(team: Team):
    cycle_id = await team.cycle()
    await team.import_file(cycle_id, QUARTER)
    head = await team.house.store.head()
    answer = await team.import_file(cycle_id, QUARTER)
    assert (answer["created"], answer["updated"]) == (_NONE, _NONE)
    assert answer["unchanged"] == _WHOLE
    assert answer["import_id"] is None
    assert await team.house.store.head() == head


async def test_an_export_imported_again_is_no_change_either(team: Team):
    cycle_id = await team.cycle()
    await team.import_file(cycle_id, QUARTER)
    objective_id = await team.objective(cycle_id)
    key_result_id = await team.key_result(objective_id)
    await team.check_in(key_result_id, value="27", narrative="on the way")
    rest = await team.key_result(objective_id, title="More visits")
    await team.check_in(rest, value="30")
    exported = await export(team, cycle_id, columns="all")
    assert f"\n{key_result_id},{objective_id},key_result,," in exported
    answer = await team.import_file(cycle_id, exported)
    assert (answer["created"], answer["updated"], answer["rejected"]) == (_NONE, _NONE, [])


async def test_what_was_made_by_hand_is_updated_under_its_own_id(team: Team):
    cycle_id = await team.cycle()
    objective_id = await team.objective(cycle_id)
    answer = await team.import_file(
        cycle_id, sheet((objective_id, "", "objective", "somebody", "Known everywhere", "", ""))
    )
    assert answer["updated"] == {**_NONE, "objectives": 1}
    objective = await team.get(f"/v1/objectives/{objective_id}")
    assert (objective["title"], objective["owner"]) == ("Known everywhere", "somebody")


async def test_an_id_of_another_cycle_is_a_new_thing_here(team: Team):
    elsewhere = await team.objective(await team.cycle(name="another"))
    cycle_id = await team.cycle()
    answer = await team.import_file(cycle_id, sheet((elsewhere, "", "objective", "", "x", "", "")))
    assert answer["created"] == {**_NONE, "objectives": 1}
    assert (await team.get(f"/v1/objectives/{elsewhere}"))["title"] == "Be known in every harbour"


async def test_two_imports_of_one_file_at_once_make_it_once(team: Team):
    cycle_id = await team.cycle()
    answers = await asyncio.gather(*(team.import_file(cycle_id, QUARTER) for _ in range(4)))
    created = [answer["created"] for answer in answers]
    assert sorted(created, key=str) == sorted([_WHOLE, _NONE, _NONE, _NONE], key=str)
    assert await export(team, cycle_id) == QUARTER


async def test_a_refused_row_leaves_all_undone_unless_it_is_to_be_skipped(team: Team):
    cycle_id = await team.cycle()
    rows = QUARTER + "G12,G1,objective,,,,\nG13,G12,key_result,,orphan,,\n"
    head = await team.house.store.head()
    refused = await team.import_file(cycle_id, rows)
    assert refused["rejected"] == [
        {"row": 12, "reason": "title is empty", "column": "title"},
        {"row": 13, "reason": "its parent, row 12, is refused", "column": "parent_id"},
    ]
    assert (refused["created"], refused["import_id"]) == (_NONE, None)
    assert await team.house.store.head() == head
    skipped = await team.import_file(cycle_id, rows, on_error="skip_rows")
    assert skipped["created"] == _WHOLE
    assert skipped["rejected"] == refused["rejected"]
    assert await export(team, cycle_id) == QUARTER


async def test_a_row_that_breaks_a_rule_is_given_the_rule_as_its_reason(team: Team):
    cycle_id = await team.cycle()
    rows = [
        {"id": "A", "kind": "objective", "title": "x"},
        {
            "id": "b",
            "kind": "key_result",
            "parent_id": "A",
            "title": "y",
            "metric": "increase",
            "baseline": 5,
            "target": 5,
        },
    ]
    answer = await team.import_file(cycle_id, rows)
    assert answer["rejected"] == [
        {"row": 2, "reason": "Baseline and target are the same: 5", "column": None}
    ]


async def test_json_and_mapped_headings_come_in_alike(team: Team):
    cycle_id = await team.cycle()
    text = "Key,Under,Kind,Goal\nA,,Objective,x\nb,A,Key result,y\n"
    mapping = "Key:id,Under:parent_id,Kind:kind,Goal:title"
    answer = await team.import_file(cycle_id, text, map=mapping)
    assert answer["created"] == {**_NONE, "objectives": 1, "key_results": 1}
    exported = json.loads(await export(team, cycle_id, format="json"))
    assert [row["id"] for row in exported] == ["A", "b"]
    again = await team.import_file(cycle_id, exported)
    assert again["unchanged"] == {**_NONE, "objectives": 1, "key_results": 1}


async def test_results_activate_a_cycle_that_has_begun(team: Team):
    cycle_id = await team.cycle(active=False)
    answer = await team.import_file(cycle_id, QUARTER)
    assert answer["created"] == _WHOLE
    assert answer["notes"][0]["code"] == "cycle-activated"
    assert (await team.get(f"/v1/cycles/{cycle_id}"))["state"] == "active"


async def test_results_of_a_cycle_to_come_are_refused(team: Team):
    cycle_id = await team.cycle(active=False, starts_on="2999-01-01", ends_on="2999-03-31")
    answer = await team.import_file(cycle_id, QUARTER)
    assert "The cycle is still being planned" in {one["reason"] for one in answer["rejected"]}
    plan = sheet(("A", "", "objective", "", "x", "", ""))
    assert (await team.import_file(cycle_id, plan))["rejected"] == []


async def test_an_import_can_be_looked_up(team: Team):
    cycle_id = await team.cycle()
    answer = await team.import_file(cycle_id, QUARTER)
    await team.import_file(cycle_id, sheet(("G1", "", "objective", "", "Renamed", "", "")))
    found = await team.get(f"/v1/imports/{answer['import_id']}")
    assert (found["rows"], found["rejected"], found["created"]) == (11, 0, _WHOLE)
    assert found["cycle_id"] == cycle_id
    page = await team.get("/v1/imports", cycle_id=cycle_id, limit=1)
    assert page["items"][0]["updated"] == {**_NONE, "objectives": 1}
    page = await team.get("/v1/imports", cycle_id=cycle_id, cursor=page["next_cursor"])
    assert page["items"] == [found]


async def test_an_export_shows_any_past_moment(team: Team):
    cycle_id = await team.cycle()
    await team.import_file(cycle_id, QUARTER)
    page = await team.get("/v1/imports", cycle_id=cycle_id)
    before = page["items"][0]["recorded_at"]
    await team.import_file(cycle_id, sheet(("G9", "G7", "objective", "", "Renamed", "", "")))
    assert "Renamed" in await export(team, cycle_id)
    assert await export(team, cycle_id, known_at=before.replace("+", "%2B")) == QUARTER
    at_start = await export(team, cycle_id, valid_at="2019-11-02T00:00:00Z")
    assert "Nobody hurt,," in at_start


async def test_progress_is_told_line_by_line_and_the_answer_comes_last(team: Team):
    cycle_id = await team.cycle()
    headers = team.house.issuer.headers(team.role, tenant=team.tenant)
    response = await team.house.client.post(
        "/v1/imports",
        params={"cycle_id": cycle_id},
        content=large(1_200),
        headers={**headers, "Content-Type": "text/csv", "Accept": "application/x-ndjson"},
    )
    assert response.headers["content-type"].startswith("application/x-ndjson")
    *progress, answer = [json.loads(line) for line in response.text.splitlines()]
    assert {"phase": "planning", "rows_done": 500, "rows": 1_200} in progress
    assert [line["phase"] for line in progress] == sorted(
        (line["phase"] for line in progress),
        key=["reading", "planning", "recording"].index,
    )
    assert answer["created"]["key_results"] == 960
    assert answer["seq"] == await team.house.store.head()


async def test_a_problem_on_the_way_is_the_last_line(team: Team, monkeypatch):
    cycle_id = await team.cycle()
    headers = team.house.issuer.headers(team.role, tenant=team.tenant)
    response = await team.house.client.post(
        "/v1/imports",
        params={"cycle_id": cycle_id},
        content=QUARTER,
        headers={
            **headers,
            "Content-Type": "text/csv",
            "Accept": "application/x-ndjson",
            "If-Match": '"77"',
        },
    )
    *_, last = [json.loads(line) for line in response.text.splitlines()]
    assert last["problem"]["status"] == 412


async def test_an_idempotency_key_answers_once(team: Team):
    cycle_id = await team.cycle()
    headers = {
        **team.house.issuer.headers(team.role, tenant=team.tenant),
        "Content-Type": "text/csv",
        "Idempotency-Key": uuid4().hex,
    }
    answers = [
        await team.house.client.post(
            "/v1/imports", params={"cycle_id": cycle_id}, content=QUARTER, headers=headers
        )
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        ("", "file-empty"),
        (HEADER, "file-empty"),
        ("id,title\nA,x\n", "columns-missing"),
        ("id,kind,title,title\nA,objective,x,y\n", "column-twice"),
        (HEADER + 'A,,objective,,"x,,\n', "quote-never-closed"),
        (HEADER + f'A,,objective,,"{"x" * 140_000}",,\n', "cell-too-large"),
        (HEADER.encode() + b"A,,objective,,\xff,,\n", "file-not-text"),
        ([], "file-empty"),
        (["x"], "file-empty"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_whole(team: Team, content: Any, slug: str):
    cycle_id = await team.cycle()
    problem = await team.import_file(cycle_id, content, status=422)
    assert problem["type"].endswith(f"/{slug}")


@pytest.mark.parametrize(
    ("mapping", "slug"),
    [("Goal", "mapping-unreadable"), ("Goal:title", "heading-unknown")],
)
async def test_a_mapping_that_maps_nothing_is_refused(team: Team, mapping: str, slug: str):
    cycle_id = await team.cycle()
    problem = await team.import_file(cycle_id, QUARTER, status=422, map=mapping)
    assert problem["type"].endswith(f"/{slug}")


async def test_json_that_is_no_array_is_refused(team: Team):
    cycle_id = await team.cycle()
    assert await team.refused(f"/v1/imports?cycle_id={cycle_id}", {"id": 1}) == "file-not-rows"


async def test_too_many_rows_are_refused(team: Team):
    cycle_id = await team.cycle()
    rows = HEADER + "A,,objective,,x,,\n" * 100_001
    problem = await team.import_file(cycle_id, rows, status=413)
    assert problem["type"].endswith("/too-many-rows")


async def test_a_closed_or_unknown_cycle_takes_nothing(team: Team):
    cycle_id = await team.cycle()
    await team.post(f"/v1/cycles/{cycle_id}:close")
    problem = await team.import_file(cycle_id, QUARTER, status=422)
    assert problem["type"].endswith("/cycle-closed")
    problem = await team.import_file(str(uuid4()), QUARTER, status=404)
    assert problem["type"].endswith("/unknown-cycle")
    response = await team.send("GET", f"/v1/imports/{uuid4()}")
    assert response.status_code == 404
    response = await team.send("GET", f"/v1/cycles/{uuid4()}/export")
    assert response.status_code == 404


async def test_another_tenant_sees_nothing_of_it(team: Team):
    cycle_id = await team.cycle()
    answer = await team.import_file(cycle_id, QUARTER)
    other = Team(team.house, "somebody-else")
    assert (await other.send("GET", f"/v1/imports/{answer['import_id']}")).status_code == 404
    assert (await other.send("GET", f"/v1/cycles/{cycle_id}/export")).status_code == 404


async def test_another_content_type_is_refused(team: Team):
    cycle_id = await team.cycle()
    headers = team.house.issuer.headers(team.role, tenant=team.tenant)
    response = await team.house.client.post(
        "/v1/imports",
        params={"cycle_id": cycle_id},
        content=QUARTER,
        headers={**headers, "Content-Type": "application/xml"},
    )
    assert response.status_code == 415


async def test_ten_thousand_rows_come_in_and_go_out(team: Team):
    cycle_id = await team.cycle()
    rows = large(10_000)
    answer = await team.import_file(cycle_id, rows)
    assert answer["created"] == {
        "objectives": 2_000,
        "key_results": 8_000,
        "check_ins": 8_000,
        "grades": 8_000,
    }
    again = await team.import_file(cycle_id, rows)
    assert again["created"] == again["updated"] == _NONE
    await team.settle()
    assert len((await export(team, cycle_id)).splitlines()) == 1 + 10_000


@needs_real_quarter
async def test_the_real_quarter_comes_in_whole_and_goes_out_as_it_came(team: Team):
    cycle_id = await team.cycle()
    text = _REAL.read_text(encoding="utf-8")
    answer = await team.import_file(cycle_id, text)
    assert answer["rejected"] == []
    assert answer["created"]["objectives"] == 153
    assert answer["created"]["key_results"] == 218
    assert await export(team, cycle_id) == text
    assert (await team.import_file(cycle_id, text))["unchanged"] == answer["created"]
