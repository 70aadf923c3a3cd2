"""Who works where: people move, units are renamed, and last quarter shows last quarter's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from tests.okr.house import Team

BEFORE = "2019-06-01T00:00:00Z"
"""Before the quarter of the tests, which ends in January 2020."""
AFTER = "2020-06-01T00:00:00Z"
PLANNED = "2190-01-01T00:00:00Z"


async def unit(team: Team, slug: str, parent: str | None = None, **fields):
    body = {"slug": slug, "name": slug.title(), "kind": "department", "parent": parent}
    return await team.post("/v1/units", {**body, "effective_from": BEFORE, **fields})


async def person(team: Team, slug: str, place: str, **fields):
    body = {"slug": slug, "name": slug.title(), "unit": place, "effective_from": BEFORE}
    return await team.post("/v1/people", {**body, **fields})


@pytest.fixture
async def acme(team: Team) -> Team:
    await unit(team, "acme", kind="company")
    await unit(team, "marketing", "acme")
    await unit(team, "sales", "acme")
    await unit(team, "fairs", "marketing", kind="team")
    await person(team, "ann", "fairs")
    await person(team, "bob", "sales")
    return team


async def test_the_organisation_is_shown_in_the_order_of_a_tree(acme: Team):
    shown = await acme.get("/v1/organisation")
    assert [(u["slug"], u["depth"], u["people_in_all"]) for u in shown["units"]] == [
        ("acme", 0, 2),
        ("marketing", 1, 1),
        ("fairs", 2, 1),
        ("sales", 1, 1),
    ]
    assert shown["units"][2]["people"] == [{"slug": "ann", "name": "Ann"}]
    assert (shown["people"], shown["version"]) == (2, 6)


async def test_what_was_added_answers_with_where_it_is(team: Team):
    body = {"slug": "acme", "name": "Acme", "kind": "company"}
    response = await team.send("POST", "/v1/units", body)
    assert (response.status_code, response.headers["Location"]) == (201, "/v1/units/acme")
    assert response.headers["ETag"] == '"1"'
    read = await team.send("GET", "/v1/units/acme")
    assert read.json() == response.json()
    assert read.headers["ETag"] == '"1"'
    body = {"slug": "ann", "name": "Ann", "unit": "acme"}
    response = await team.send("POST", "/v1/people", body)
    assert (response.status_code, response.headers["Location"]) == (201, "/v1/people/ann")
    assert (await team.send("GET", "/v1/people/ann")).json() == response.json()


async def test_a_past_moment_shows_the_names_and_places_it_had(acme: Team):
    change = {"name": "Markets", "parent": "sales", "effective_from": AFTER}
    await acme.change("PATCH", "/v1/units/marketing", change)
    await acme.change("PATCH", "/v1/people/ann", {"unit": "sales", "effective_from": AFTER})
    past, now = [await acme.get("/v1/units/marketing", **at) for at in ({"valid_at": BEFORE}, {})]
    assert (past["name"], past["parent"]) == ("Marketing", "acme")
    assert (now["name"], now["parent"]) == ("Markets", "sales")
    ann = [await acme.get("/v1/people/ann", **at) for at in ({"valid_at": BEFORE}, {})]
    assert [shown["unit"] for shown in ann] == ["fairs", "sales"]


async def test_what_was_known_leaves_out_what_was_recorded_later(acme: Team):
    known = {"known_at": datetime.now(UTC).isoformat()}
    await acme.change("PATCH", "/v1/units/sales", {"name": "Revenue", "effective_from": BEFORE})
    for path in ("/v1/units/sales", "/v1/organisation", "/v1/units"):
        assert await acme.get(path, **known) != await acme.get(path)
    assert (await acme.get("/v1/units/sales", **known))["name"] == "Sales"
    assert (await acme.get("/v1/units/sales", valid_at=BEFORE))["name"] == "Revenue"


async def test_a_planned_change_is_shown_when_it_is_due(acme: Team):
    await acme.change("PATCH", "/v1/units/sales", {"name": "Revenue", "effective_from": PLANNED})
    assert (await acme.get("/v1/units/sales"))["name"] == "Sales"
    assert (await acme.get("/v1/units/sales", valid_at=PLANNED))["name"] == "Revenue"


async def test_a_unit_tells_its_history_in_the_order_it_holds(acme: Team):
    await acme.change("PATCH", "/v1/units/fairs", {"parent": None, "effective_from": AFTER})
    await acme.change(
        "PATCH", "/v1/units/fairs", {"name": "Shows", "effective_from": "2019-09-01T00:00:00Z"}
    )
    await acme.post("/v1/people/ann:leave")
    await acme.post("/v1/units/fairs:close", {"reason": "no more fairs"})
    items = (await acme.get("/v1/units/fairs/history"))["items"]
    assert [item["change"] for item in items] == ["added", "renamed", "moved", "closed"]
    assert (items[1]["name"], items[2]["parent"], items[3]["reason"]) == (
        "Shows",
        None,
        "no more fairs",
    )
    assert items[1]["effective_from"] < items[2]["effective_from"]
    early = await acme.get("/v1/units/fairs/history", valid_at="2019-10-01T00:00:00Z")
    assert [item["change"] for item in early["items"]] == ["added", "renamed"]


async def test_lists_are_filtered_and_paged(acme: Team):
    first = await acme.get("/v1/units", limit=2)
    second = await acme.get("/v1/units", limit=2, cursor=first["next_cursor"])
    slugs = [shown["slug"] for page in (first, second) for shown in page["items"]]
    assert slugs == ["acme", "fairs", "marketing", "sales"]
    assert second["next_cursor"] is None
    below = await acme.get("/v1/units", parent="acme")
    assert [shown["slug"] for shown in below["items"]] == ["marketing", "sales"]
    assert [u["slug"] for u in (await acme.get("/v1/units", kind="team"))["items"]] == ["fairs"]
    people = await acme.get("/v1/people", unit="marketing")
    assert [shown["slug"] for shown in people["items"]] == ["ann"]
    one = await acme.get("/v1/people", limit=1)
    two = await acme.get("/v1/people", limit=1, cursor=one["next_cursor"])
    assert [p["slug"] for page in (one, two) for p in page["items"]] == ["ann", "bob"]


async def test_who_left_and_what_was_closed_is_not_listed_any_more(acme: Team):
    await acme.post("/v1/people/ann:leave", {"effective_from": AFTER})
    await acme.post("/v1/units/fairs:close", {"reason": "over", "effective_from": AFTER})
    assert [p["slug"] for p in (await acme.get("/v1/people"))["items"]] == ["bob"]
    assert len((await acme.get("/v1/units"))["items"]) == 3
    assert len((await acme.get("/v1/units", valid_at=BEFORE))["items"]) == 4
    shown = await acme.get("/v1/units/fairs")
    assert (shown["open"], shown["closed_at"]) == (False, "2020-06-01T00:00:00.000000Z")
    assert (await acme.get("/v1/people/ann"))["unit"] is None
    again = await person(acme, "ann", "sales", effective_from="2021-01-01T00:00:00Z")
    assert again["unit"] == "sales"


async def test_a_change_rests_on_the_version_it_was_made_from(acme: Team):
    stale = await acme.send("PATCH", "/v1/units/sales", {"name": "x"}, **{"If-Match": '"5"'})
    assert stale.status_code == 412
    done = await acme.send("PATCH", "/v1/units/sales", {"name": "x"}, **{"If-Match": '"6"'})
    assert (done.status_code, done.headers["ETag"]) == (200, '"7"')


async def test_a_change_is_done_whole_or_not_at_all(acme: Team):
    body = {"name": "Revenue", "parent": "nowhere"}
    slug = await acme.refused("/v1/units/sales", body, method="PATCH")
    assert slug == "place-unknown"
    assert (await acme.get("/v1/units/sales"))["name"] == "Sales"


async def test_a_change_of_nothing_is_done(acme: Team):
    assert (await acme.change("PATCH", "/v1/units/sales", {}))["version"] == 6
    assert (await acme.change("PATCH", "/v1/people/ann", {}))["version"] == 6


async def test_two_moves_that_together_close_a_loop_are_never_both_done(acme: Team):
    answers = await asyncio.gather(
        acme.send("PATCH", "/v1/units/sales", {"parent": "marketing"}),
        acme.send("PATCH", "/v1/units/marketing", {"parent": "sales"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 422]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "slug"),
    [
        ("POST", "/v1/units", {"slug": "sales", "name": "x", "kind": "team"}, 409, "slug-taken"),
        ("POST", "/v1/people", {"slug": "ann", "name": "x", "unit": "sales"}, 409, "slug-taken"),
        ("POST", "/v1/units", {"slug": "x", "name": " ", "kind": "team"}, 422, "validation"),
        ("POST", "/v1/units", {"slug": "X y", "name": "x", "kind": "team"}, 422, "validation"),
        ("PATCH", "/v1/units/nowhere", {"name": "x"}, 404, "unknown-unit"),
        ("PATCH", "/v1/units/nowhere", {}, 404, "unknown-unit"),
        ("PATCH", "/v1/units/ann", {}, 404, "unknown-unit"),
        ("PATCH", "/v1/people/nobody", {"name": "x"}, 404, "unknown-person"),
        ("PATCH", "/v1/people/sales", {}, 404, "unknown-person"),
        ("POST", "/v1/people/nobody:leave", {}, 404, "unknown-person"),
        ("POST", "/v1/units/nowhere:close", {"reason": "x"}, 404, "unknown-unit"),
        ("PATCH", "/v1/people/ann", {"unit": "nowhere"}, 422, "place-unknown"),
        ("PATCH", "/v1/units/acme", {"parent": "fairs"}, 422, "kind-out-of-order"),
        ("PATCH", "/v1/units/sales", {"parent": "sales"}, 422, "unit-within-itself"),
        ("POST", "/v1/units/marketing:close", {"reason": "x"}, 422, "unit-has-parts"),
        ("POST", "/v1/units/sales:close", {"reason": "x"}, 422, "unit-has-people"),
        (
            "PATCH",
            "/v1/units/sales",
            {"name": "x", "effective_from": "2018-01-01T00:00:00Z"},
            422,
            "unit-not-there",
        ),
        (
            "PATCH",
            "/v1/people/ann",
            {"name": "x", "effective_from": "2018-01-01T00:00:00Z"},
            422,
            "person-not-there",
        ),
        (
            "POST",
            "/v1/people",
            {"slug": "eve", "name": "x", "unit": "sales", "effective_from": "2018-01-01T00:00:00Z"},
            422,
            "place-not-open",
        ),
        (
            "PATCH",
            "/v1/units/sales",
            {"name": "x", "effective_from": "0001-01-01T00:00:00Z"},
            422,
            "change-outside-calendar",
        ),
    ],
)
async def test_every_rule_has_its_refusal(acme: Team, method, path, body, status, slug):
    assert await acme.refused(path, body, status=status, method=method) == slug


async def test_what_is_not_there_is_not_found(acme: Team):
    for path in ("/v1/units/nowhere", "/v1/units/nowhere/history", "/v1/people/nobody"):
        assert (await acme.send("GET", path)).status_code == 404


async def test_organisations_of_tenants_are_apart(acme: Team):
    stranger = Team(acme.house, f"{acme.tenant}-b")
    assert (await stranger.get("/v1/organisation"))["units"] == []
    assert (await stranger.send("GET", "/v1/units/sales")).status_code == 404
    await unit(stranger, "sales")


async def test_last_quarters_board_shows_last_quarters_names(acme: Team):
    cycle_id = await acme.cycle()
    objective_id = await acme.objective(cycle_id, team="marketing", owner="ann")
    key_result_id = await acme.key_result(objective_id, owner="bob")
    other = await acme.objective(cycle_id, team="harbour masters", owner=None)
    await acme.change("PATCH", "/v1/units/marketing", {"name": "Markets", "effective_from": AFTER})
    await acme.change("PATCH", "/v1/people/bob", {"name": "Robert", "effective_from": BEFORE})
    shown = await acme.get(f"/v1/objectives/{objective_id}")
    assert (shown["team_name"], shown["owner_name"]) == ("Marketing", "Ann")
    assert shown["key_results"] == [await acme.get(f"/v1/key-results/{key_result_id}")]
    assert shown["key_results"][0]["owner_name"] == "Robert"
    board = await acme.get(f"/v1/cycles/{cycle_id}/board")
    assert board["objectives"][0] == shown
    assert [item["team_name"] for item in board["objectives"]] == ["Marketing", None]
    listed = await acme.get("/v1/objectives", cycle_id=cycle_id)
    assert listed["items"][0] == shown
    assert listed["items"][1]["id"] == other
    known = {"known_at": datetime.now(UTC).isoformat()}
    await acme.change("PATCH", "/v1/people/ann", {"name": "Anna", "effective_from": BEFORE})
    assert (await acme.get(f"/v1/objectives/{objective_id}", **known))["owner_name"] == "Ann"
    assert (await acme.get(f"/v1/objectives/{objective_id}"))["owner_name"] == "Anna"


async def test_objectives_are_found_by_the_unit_their_team_or_owner_was_in(acme: Team):
    cycle_id = await acme.cycle()
    by_team = await acme.objective(cycle_id, active=False, team="fairs", owner="nobody")
    by_owner = await acme.objective(cycle_id, active=False, team=None, owner="ann")
    await acme.objective(cycle_id, active=False, team="sales", owner="bob")
    await acme.objective(cycle_id, active=False, team=None, owner=None)
    await acme.change("PATCH", "/v1/units/fairs", {"parent": "sales", "effective_from": AFTER})
    for name in ("marketing", "fairs"):
        found = await acme.get("/v1/objectives", unit=name)
        assert [item["id"] for item in found["items"]] == [by_team, by_owner]
    assert len((await acme.get("/v1/objectives", unit="acme"))["items"]) == 3
    assert (await acme.get("/v1/objectives", unit="nowhere"))["items"] == []
