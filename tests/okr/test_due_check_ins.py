"""Check-ins that are due: who owes what since when, and the event that says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from helmlog_events.contracts.okr import CheckInDue
from helmlog_events.ids import stream_id
from helmlog_events.pipeline.timers import Timers
from helmlog_events.testing.probes import eventually, running
from okr_service.application.streams import Streams
from okr_service.application.timers import CheckInReminder
from okr_service.readmodel.boards import Boards
from okr_service.readmodel.timers import Reminders

from tests.okr.house import House, Team

DUE = "/v1/check-ins/due"
DAY = timedelta(days=1)


async def quarter(team: Team, **fields: Any) -> str:
    """An active one around today."""
    today = datetime.now(UTC).date()
    dates = {"starts_on": str(today - 40 * DAY), "ends_on": str(today + 40 * DAY)}
    return await team.cycle(**dates, **fields)


async def key_result(of: Team, cycle_id: str, *, heard: float | None, **fields: Any) -> str:
    """One that was heard of so many days ago."""
    objective_id = await of.objective(cycle_id, **fields)
    key_result_id = await of.key_result(objective_id)
    if heard is not None:
        at = datetime.now(UTC) - heard * DAY
        await of.check_in(key_result_id, value="27", observed_at=at.isoformat())
    return key_result_id


async def owed(by: Team, **query: Any) -> list[str]:
    return [item["key_result_id"] for item in (await by.get(DUE, **query))["items"]]


async def test_who_was_not_heard_of_for_a_cadence_owes_a_check_in(team: Team):
    cycle_id = await quarter(team)
    late = await key_result(team, cycle_id, heard=10)
    await key_result(team, cycle_id, heard=6)
    (item,) = (await team.get(DUE))["items"]
    assert (item["key_result_id"], item["key_result"]) == (late, "More leads")
    assert (item["cycle_id"], item["cycle"]) == (cycle_id, "FY20-Q4")
    assert (item["owner"], item["team"], item["kpi_id"]) == ("marketing-lead", "marketing", None)
    assert (item["overdue"], item["overdue_days"]) == (True, 3)
    heard_at, due_at = (datetime.fromisoformat(item[key]) for key in ("last_heard_at", "due_at"))
    assert due_at - heard_at == 7 * DAY


async def test_what_comes_due_soon_is_shown_when_asked_for(team: Team):
    cycle_id = await quarter(team)
    soon = await key_result(team, cycle_id, heard=5)
    new = await key_result(team, cycle_id, heard=None)
    assert await owed(team) == []
    assert await owed(team, within_days=3) == [soon]
    assert await owed(team, within_days=8) == [soon, new]
    first = (await team.get(DUE, within_days=3))["items"][0]
    assert (first["overdue"], first["overdue_days"]) == (False, 0)


async def test_due_check_ins_are_filtered_and_paged_the_longest_owed_first(team: Team):
    one, other = await quarter(team), await quarter(team, name="other")
    oldest = await key_result(team, one, heard=30, owner="sales-lead", team="sales")
    newest = await key_result(team, one, heard=8)
    middle = await key_result(team, other, heard=20)
    assert await owed(team) == [oldest, middle, newest]
    assert await owed(team, owner="sales-lead") == [oldest]
    assert await owed(team, team="marketing") == [middle, newest]
    assert await owed(team, cycle_id=other) == [middle]
    first = await team.get(DUE, limit=2)
    second = await team.get(DUE, limit=2, cursor=first["next_cursor"])
    found = [item["key_result_id"] for page in (first, second) for item in page["items"]]
    assert (found, second["next_cursor"]) == ([oldest, middle, newest], None)
    stranger = Team(team.house, f"{team.tenant}-b")
    assert await owed(stranger) == []


async def test_nothing_is_owed_in_a_cycle_that_is_over_or_not_active(team: Team):
    await key_result(team, await team.cycle(name="over"), heard=None)
    planned = await quarter(team, name="planned", active=False)
    await key_result(team, planned, heard=None)
    reviewed = await quarter(team)
    await key_result(team, reviewed, heard=10)
    await team.post(f"/v1/cycles/{reviewed}:review")
    assert await owed(team, within_days=366) == []


async def test_a_past_moment_shows_what_was_owed_then(team: Team):
    late = await key_result(team, await quarter(team), heard=20)
    before = datetime.now(UTC).isoformat()
    await team.check_in(late, value="28")
    assert await owed(team) == []
    assert await owed(team, known_at=before) == [late]


@pytest.mark.parametrize("query", ["within_days=-1", "within_days=367", "cursor=x", "cycle_id=x"])
async def test_questions_about_due_check_ins_that_make_no_sense(team: Team, query: str):
    assert (await team.send("GET", f"{DUE}?{query}")).status_code == 422


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_at_the_ends_of_time_nothing_is_owed(team: Team, moment: str):
    await key_result(team, await quarter(team), heard=10)
    assert await owed(team, within_days=366, valid_at=moment) == []


@asynccontextmanager
async def reminder(house: House) -> AsyncIterator[None]:
    source = CheckInReminder(Streams(house.store), Reminders(Boards(house.engine)), interval=0.2)
    async with running(Timers(house.engine, house.store, [source]).run()):
        yield


async def told(team: Team, key_result_id: str) -> list[CheckInDue]:
    stream = await team.house.store.read_stream(team.tenant, stream_id("key_result", key_result_id))
    return [record.event for record in stream if isinstance(record.event, CheckInDue)]


async def reminded(team: Team, key_result_id: str, times: int = 1) -> CheckInDue:
    async def said() -> list[CheckInDue]:
        return await told(team, key_result_id)

    events = await eventually(said, until=lambda events: len(events) >= times, within=20)
    assert len(events) == times
    return events[-1]


async def test_what_is_due_is_said_once_however_often_a_worker_starts(team: Team):
    late = await key_result(team, await quarter(team), heard=10)
    fresh = await key_result(team, await quarter(team, name="other"), heard=1)
    (item,) = (await team.get(DUE))["items"]
    for _ in range(2):
        async with reminder(team.house):
            event = await reminded(team, late)
            await asyncio.sleep(0.5)
    assert event.owner == "marketing-lead"
    assert event.due_at == datetime.fromisoformat(item["due_at"])
    assert await told(team, late) == [event]
    assert await told(team, fresh) == []
    *_, record = await team.house.store.read_stream(team.tenant, stream_id("key_result", late))
    assert (record.actor, record.occurred_at) == ("system:check-in-reminder", event.due_at)


async def test_it_comes_due_while_the_worker_runs(team: Team):
    seconds = 1.5 / 86_400
    soon = await key_result(team, await quarter(team), heard=7 - seconds)
    async with reminder(team.house):
        await asyncio.sleep(0.5)
        assert await told(team, soon) == []
        event = await reminded(team, soon)
    assert event.due_at <= datetime.now(UTC)


async def test_other_settings_show_at_once(team: Team):
    cycle_id = await quarter(team)
    late = await key_result(team, cycle_id, heard=5)
    async with reminder(team.house):
        await asyncio.sleep(0.5)
        assert await told(team, late) == []
        body = {"settings": {"cadence_days": 2}, "reason": "closer"}
        await team.send("PUT", f"/v1/cycles/{cycle_id}/settings", body)
        event = await reminded(team, late)
    assert timedelta(0) < datetime.now(UTC) - event.due_at < 2 * DAY


async def test_a_check_in_made_meanwhile_is_not_asked_for(team: Team):
    late = await key_result(team, await quarter(team), heard=10)
    await team.check_in(late, value="28")
    async with reminder(team.house):
        await asyncio.sleep(1)
    assert await told(team, late) == []


async def test_a_key_result_that_follows_a_kpi_is_due_when_the_kpi_is_silent(team: Team):
    kpi_id, silent_kpi = uuid4(), uuid4()
    objective_id = await team.objective(await quarter(team))
    moved, silent = [
        await team.key_result(objective_id, kpi_id=str(kpi)) for kpi in (kpi_id, silent_kpi)
    ]
    await team.get("/v1/cycles")
    await team.kpi_says(kpi_id, "27", datetime.now(UTC) - DAY)
    await team.kpi_says(silent_kpi, "27", datetime.now(UTC) - 9 * DAY)
    assert await owed(team) == [silent]
    async with reminder(team.house):
        assert (await reminded(team, silent)).last_heard_at is not None
    assert await told(team, moved) == []
