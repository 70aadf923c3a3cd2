from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from helmlog_events.contracts.okr import ObjectiveDrafted
from helmlog_events.envelope import NEW_STREAM, Append, Metadata, NewEvent, StreamWrite
from helmlog_events.ids import new_id, stream_id

from tests.okr.house import Team, instant

STRATEGY = {
    "mission": "Bring them home",
    "values": [{"slug": "care", "name": "We care"}],
    "pillars": [{"slug": "growth", "name": "Grow in the north", "description": "step by step"}],
    "reason": "a new board",
}
BEFORE = "2019-06-01T00:00:00Z"


async def drafted(team: Team, cycle_id: str, *serves: str) -> str:
    """An objective that serves something, as an import would write it."""
    event = ObjectiveDrafted(
        cycle_id=UUID(cycle_id),
        objective_id=new_id(),
        title="Be known",
        why="",
        kind="committed",
        level="team",
        origin="proposed",
        serves=serves,
    )
    new = (NewEvent(event, instant("2019-11-01T00:00:00")),)
    write = StreamWrite(stream_id("objective", event.objective_id), NEW_STREAM, new)
    appended = await team.house.store.append(
        Append(team.tenant, Metadata(actor="user-1"), (write,))
    )
    team.seq = max(team.seq, appended.last_seq)
    return str(event.objective_id)


async def test_a_strategy_is_stated_and_read(team: Team):
    response = await team.send("PUT", "/v1/strategy", STRATEGY)
    assert (response.status_code, response.headers["ETag"]) == (200, '"1"')
    shown = await team.get("/v1/strategy")
    assert shown == response.json()
    assert shown["mission"] == "Bring them home"
    assert shown["pillars"][0]["description"] == "step by step"


async def test_without_a_strategy_there_is_none_to_read(team: Team):
    response = await team.send("GET", "/v1/strategy")
    assert response.status_code == 404
    assert response.json()["type"].endswith("strategy-not-stated")


async def test_each_time_has_its_strategy(team: Team):
    await team.change("PUT", "/v1/strategy", STRATEGY)
    known = {"known_at": datetime.now(UTC).isoformat()}
    older = {**STRATEGY, "mission": "Build boats", "effective_from": BEFORE}
    await team.change("PUT", "/v1/strategy", older)
    assert (await team.get("/v1/strategy"))["mission"] == "Bring them home"
    assert (await team.get("/v1/strategy", valid_at=BEFORE))["mission"] == "Build boats"
    past = await team.send(
        "GET", f"/v1/strategy?valid_at={BEFORE}&known_at={known['known_at'][:-6]}Z"
    )
    assert past.status_code == 404
    history = (await team.get("/v1/strategy/history"))["items"]
    assert [item["mission"] for item in history] == ["Build boats", "Bring them home"]
    assert [item["version"] for item in history] == [2, 1]
    early = await team.get("/v1/strategy/history", **known)
    assert [item["mission"] for item in early["items"]] == ["Bring them home"]


async def test_stated_twice_it_is_recorded_once(team: Team):
    await team.change("PUT", "/v1/strategy", STRATEGY)
    assert (await team.change("PUT", "/v1/strategy", STRATEGY))["version"] == 1


async def test_a_statement_rests_on_the_version_it_was_made_from(team: Team):
    await team.change("PUT", "/v1/strategy", STRATEGY)
    changed = {**STRATEGY, "mission": "Go further"}
    stale = await team.send("PUT", "/v1/strategy", changed, **{"If-Match": '"0"'})
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("fields", "slug"),
    [
        ({"values": [{"slug": "a", "name": "x"}] * 2}, "strategy-slugs-alike"),
        ({"pillars": [{"slug": "a", "name": "x"}] * 2}, "strategy-slugs-alike"),
        ({"values": [{"slug": f"v{n}", "name": "x"} for n in range(51)]}, "validation"),
        ({"mission": "  "}, "validation"),
        ({"effective_from": "0001-01-01T00:00:00Z"}, "change-outside-calendar"),
    ],
)
async def test_a_strategy_that_cannot_be(team: Team, fields, slug):
    assert await team.refused("/v1/strategy", {**STRATEGY, **fields}, method="PUT") == slug


async def test_coverage_names_what_is_served_and_what_is_not(team: Team):
    await team.change("PUT", "/v1/strategy", {**STRATEGY, "effective_from": BEFORE})
    cycle_id = await team.cycle()
    grows = await drafted(team, cycle_id, "pillar/growth")
    lost = await drafted(team, cycle_id, "mission", "value/speed")
    nothing = await team.objective(cycle_id, active=False)
    shown = await team.get("/v1/strategy/coverage", cycle_id=cycle_id)
    assert [(item["serves"], item["objectives"]) for item in shown["served"]] == [
        ("mission", [lost]),
        ("value/care", []),
        ("pillar/growth", [grows]),
    ]
    assert shown["unknown"] == [{"serves": "value/speed", "objectives": [lost]}]
    assert shown["serving_nothing"] == [nothing]


async def test_coverage_is_told_by_the_strategy_of_the_cycles_time(team: Team):
    await team.change("PUT", "/v1/strategy", {**STRATEGY, "effective_from": BEFORE})
    cycle_id = await team.cycle()
    later = {**STRATEGY, "pillars": [], "effective_from": "2020-06-01T00:00:00Z"}
    await team.change("PUT", "/v1/strategy", later)
    shown = await team.get("/v1/strategy/coverage", cycle_id=cycle_id)
    assert "pillar/growth" in [item["serves"] for item in shown["served"]]


async def test_there_is_no_coverage_of_an_unknown_cycle(team: Team):
    response = await team.send("GET", f"/v1/strategy/coverage?cycle_id={uuid4()}")
    assert response.status_code == 404


async def test_strategies_of_tenants_are_apart(team: Team):
    await team.change("PUT", "/v1/strategy", STRATEGY)
    stranger = Team(team.house, f"{team.tenant}-b")
    assert (await stranger.send("GET", "/v1/strategy")).status_code == 404
