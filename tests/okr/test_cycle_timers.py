"""Cycles left to the clock: each step is taken at its planned instant, once, whoever runs when."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from helmlog_events.envelope import RecordedEvent
from helmlog_events.ids import stream_id
from helmlog_events.testing.probes import eventually, running
from okr_service.bootstrap import open_worker
from okr_service.settings import Settings

from tests.okr.house import Team
from tests.support.databases import Database

SECOND = timedelta(seconds=1)


@asynccontextmanager
async def worker(database: Database) -> AsyncIterator[None]:
    """The timers of a real worker; leaving the block ends it in the middle of whatever it does."""
    settings = Settings(
        database_url=database.app,
        kafka_bootstrap="127.0.0.1:1",
        issuer="https://issuer.test",
        jwks_path=Path("keys.json"),
    )
    async with open_worker(settings) as built, running(built.tasks["timers"]()):
        yield


async def automatic(team: Team, *, name: str = "live", **settings: object) -> str:
    """A cycle around today, planned to begin long ago unless its settings say otherwise."""
    today = datetime.now(UTC).date()
    dates = {"starts_on": str(today - timedelta(40)), "ends_on": str(today + timedelta(40))}
    chosen = {"transitions": "automatic", **settings}
    return await team.cycle(active=False, name=name, settings=chosen, **dates)


async def events(team: Team, cycle_id: str) -> list[RecordedEvent]:
    return [*await team.house.store.read_stream(team.tenant, stream_id("cycle", cycle_id))]


async def types(team: Team, cycle_id: str) -> list[str]:
    return [record.type for record in await events(team, cycle_id)]


async def reaches(team: Team, cycle_id: str, state: str, within: float = 5.0) -> dict[str, Any]:
    async def shown() -> dict[str, Any]:
        return await team.get(f"/v1/cycles/{cycle_id}")

    return await eventually(shown, until=lambda cycle: cycle["state"] == state, within=within)


async def put(team: Team, cycle_id: str, **settings: object) -> None:
    body = {"settings": settings, "reason": "better so"}
    response = await team.send("PUT", f"/v1/cycles/{cycle_id}/settings", body)
    assert response.status_code == 200, response.text


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


async def test_a_cycle_is_activated_at_its_planned_instant(team: Team, okr_database: Database):
    at = soon(1)
    async with worker(okr_database):
        cycle_id = await automatic(team, activates_at=at.isoformat())
        cycle = await reaches(team, cycle_id, "active", within=30)
    activated_at = datetime.fromisoformat(cycle["activated_at"])
    assert at <= activated_at
    assert datetime.fromisoformat(cycle["planned"]["activates_at"]) == at
    *_, activated = await events(team, cycle_id)
    assert activated.actor == "system:cycle-timer"
    assert f'"causation_id":"timer/cycle-timer/activate/{cycle_id}/' in activated.metadata


async def test_a_step_that_came_due_while_nobody_ran_is_taken_once(
    team: Team, okr_database: Database
):
    cycle_id = await automatic(team)
    for _ in range(3):
        async with worker(okr_database):
            await reaches(team, cycle_id, "active")
            await asyncio.sleep(0.2)
    assert await types(team, cycle_id) == ["CycleOpened", "CycleActivated"]


async def test_of_two_workers_one_takes_the_step(team: Team, okr_database: Database):
    async with worker(okr_database), worker(okr_database):
        cycle_id = await automatic(team, activates_at=soon(0.5).isoformat())
        await reaches(team, cycle_id, "active")
        await asyncio.sleep(1)
    assert await types(team, cycle_id) == ["CycleOpened", "CycleActivated"]


async def test_a_cycle_long_over_goes_through_all_its_steps_in_order(
    team: Team, okr_database: Database
):
    async with worker(okr_database):
        cycle_id = await team.cycle(active=False, settings={"transitions": "automatic"})
        await reaches(team, cycle_id, "closed", within=10)
    assert await types(team, cycle_id) == [
        "CycleOpened",
        "CycleActivated",
        "CycleReviewStarted",
        "CycleClosed",
    ]
    occurred = [record.occurred_at for record in await events(team, cycle_id)]
    assert occurred == sorted(occurred)
    then = await team.get(f"/v1/cycles/{cycle_id}", valid_at="2019-12-01T00:00:00Z")
    assert then["state"] == "active"


async def test_a_step_taken_by_hand_before_is_not_taken_again(team: Team, okr_database: Database):
    async with worker(okr_database):
        cycle_id = await automatic(team, activates_at=soon(1).isoformat())
        await team.post(f"/v1/cycles/{cycle_id}:activate")
        await asyncio.sleep(2)
    assert await types(team, cycle_id) == ["CycleOpened", "CycleActivated"]
    assert (await events(team, cycle_id))[1].actor != "system:cycle-timer"


async def test_who_takes_the_steps_by_hand_again_stops_the_clock(
    team: Team, okr_database: Database
):
    cycle_id = await automatic(team, activates_at=soon(1).isoformat())
    await put(team, cycle_id, transitions="manual")
    async with worker(okr_database):
        await asyncio.sleep(2)
        assert await types(team, cycle_id) == ["CycleOpened", "CycleSettingsChanged"]
        await put(team, cycle_id, transitions="automatic")
        await reaches(team, cycle_id, "active")


async def test_a_plan_that_moves_moves_the_step(team: Team, okr_database: Database):
    today = datetime.now(UTC).date()
    async with worker(okr_database):
        cycle_id = await automatic(team, activates_at=soon(3600).isoformat())
        await asyncio.sleep(1)
        await put(team, cycle_id, transitions="automatic")
        await reaches(team, cycle_id, "active")
        body = {"ends_on": str(today), "reason": "over today"}
        assert (await team.send("PATCH", f"/v1/cycles/{cycle_id}", body)).status_code == 200
        await asyncio.sleep(1)
        assert (await team.get(f"/v1/cycles/{cycle_id}"))["state"] == "active"
        await put(team, cycle_id, transitions="automatic", reviews_at=soon(-1).isoformat())
        await reaches(team, cycle_id, "review")


async def test_a_year_waits_for_its_quarters(team: Team, okr_database: Database):
    year = {"kind": "year", "starts_on": "2019-02-01", "name": "year"}
    year_id = await team.cycle(**year, settings={"transitions": "automatic"})
    quarter_id = await team.cycle(parent_id=year_id)
    async with worker(okr_database):
        await reaches(team, year_id, "review")
        await asyncio.sleep(1.5)
        assert (await team.get(f"/v1/cycles/{year_id}"))["state"] == "review"
        await team.post(f"/v1/cycles/{quarter_id}:close")
        await reaches(team, year_id, "closed", within=15)


async def test_a_reopened_cycle_is_left_to_who_reopened_it(team: Team, okr_database: Database):
    cycle_id = await team.cycle(settings={"transitions": "automatic"})
    await team.post(f"/v1/cycles/{cycle_id}:close")
    await team.post(f"/v1/cycles/{cycle_id}:reopen", {"reason": "a number was wrong"})
    async with worker(okr_database):
        await asyncio.sleep(1.5)
    assert (await team.get(f"/v1/cycles/{cycle_id}"))["state"] == "review"


class Process:
    """`python -m okr_service.worker`, without a broker to talk to: time does not wait for one."""

    def __init__(self, database: Database) -> None:
        self._environment = {
            "HELMLOG_DATABASE_URL": database.app,
            "HELMLOG_KAFKA_BOOTSTRAP": "127.0.0.1:1",
            "HELMLOG_ISSUER": "https://issuer.test",
            "HELMLOG_JWKS_PATH": "keys.json",
        }

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "okr_service.worker",
            env={**os.environ, **self._environment},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def kill(self) -> None:
        self._process.kill()
        await self._process.wait()


async def test_a_worker_killed_before_the_instant_and_started_after_it_takes_the_step_once(
    team: Team, okr_database: Database
):
    sooner = await automatic(team, name="sooner")
    process = Process(okr_database)
    await process.start()
    try:
        await reaches(team, sooner, "active", within=20)
        cycle_id = await automatic(team, activates_at=soon(0.7).isoformat())
        await team.get(f"/v1/cycles/{cycle_id}")
        await process.kill()
        assert await types(team, cycle_id) == ["CycleOpened"]
        await asyncio.sleep(0.7)
        await process.start()
        await reaches(team, cycle_id, "active", within=20)
        await process.kill()
        await process.start()
        await asyncio.sleep(3)
    finally:
        await process.kill()
    for known in (sooner, cycle_id):
        assert await types(team, known) == ["CycleOpened", "CycleActivated"]
