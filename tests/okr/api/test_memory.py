"""What a process remembers of streams may be behind: it must never show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.okr.house import House, Team, open_house
from tests.support.databases import Database


@pytest.fixture(scope="module")
async def neighbour(okr_database: Database) -> AsyncIterator[House]:
    """A second process of the service on the same database."""
    async with open_house(okr_database.app) as house:
        yield house


@pytest.fixture
def here(house: House) -> Team:
    return Team(house, f"team-{uuid4().hex}")


@pytest.fixture
def there(here: Team, neighbour: House) -> Team:
    """The same tenant, asking the other process."""
    return Team(neighbour, here.tenant)


async def test_a_refusal_is_never_told_from_memory(here: Team, there: Team):
    cycle = await here.cycle(active=False)
    key_result = await here.key_result(await here.objective(cycle))
    path = f"/v1/key-results/{key_result}/check-ins"
    assert await here.refused(path, {"value": "27"}) == "cycle-not-active"
    await there.post(f"/v1/cycles/{cycle}:activate")
    assert (await here.post(path, {"value": "27"}))["version"] == 3


async def test_what_memory_would_allow_is_refused_if_it_no_longer_stands(here: Team, there: Team):
    objective = await here.objective(await here.cycle())
    key_result = await here.key_result(objective)
    await here.check_in(key_result, value="23")
    await there.post(f"/v1/objectives/{objective}:close", {"outcome": "missed"})
    path = f"/v1/key-results/{key_result}/check-ins"
    assert await here.refused(path, {"value": "27"}) == "objective-closed"


async def test_doing_nothing_is_never_decided_from_memory(here: Team, there: Team):
    cycle = await here.cycle()
    await there.post(f"/v1/cycles/{cycle}:review")
    assert await here.refused(f"/v1/cycles/{cycle}:activate") == "cycle-in-review"


async def test_a_condition_is_judged_by_what_stands(here: Team, there: Team):
    key_result = await here.key_result(await here.objective(await here.cycle()))
    path = f"/v1/key-results/{key_result}/check-ins"
    assert (await here.check_in(key_result, value="23"))["version"] == 3
    assert (await there.check_in(key_result, value="24"))["version"] == 5
    remembered = await here.send("POST", path, {"value": "25"}, **{"If-Match": '"3"'})
    assert remembered.status_code == 412
    await there.check_in(key_result, value="26")
    standing = await here.send("POST", path, {"value": "27"}, **{"If-Match": '"7"'})
    assert standing.status_code == 201
    assert standing.headers["ETag"] == '"9"'


async def test_a_condition_that_holds_stands_though_something_beside_it_moved(
    here: Team, there: Team
):
    objective = await here.objective(await here.cycle())
    key_result = await here.key_result(objective)
    await here.check_in(key_result, value="23")
    await there.key_result(objective, title="another one")
    path = f"/v1/key-results/{key_result}/check-ins"
    response = await here.send("POST", path, {"value": "25"}, **{"If-Match": '"3"'})
    assert response.status_code == 201


async def test_an_answer_shows_what_the_write_rests_on(here: Team, there: Team):
    objective = await here.objective(await here.cycle(), active=False)
    key_result = await here.key_result(objective)
    await here.check_in(key_result, value="23")
    await there.check_in(key_result, value="31")
    answer = await here.post(f"/v1/objectives/{objective}:propose")
    assert [part["value"] for part in answer["key_results"]] == ["31"]


async def test_a_read_is_never_answered_from_memory(here: Team, there: Team):
    key_result = await here.key_result(await here.objective(await here.cycle()))
    await here.check_in(key_result, value="23")
    await there.check_in(key_result, value="31")
    assert (await here.get(f"/v1/key-results/{key_result}"))["value"] == "31"


async def test_the_next_command_needs_no_reading(here: Team, monkeypatch: pytest.MonkeyPatch):
    key_result = await here.key_result(await here.objective(await here.cycle()))
    await here.check_in(key_result, value="23")
    store = here.house.app.state.services.store

    async def must_not_read(*_args: object, **_options: object) -> None:
        raise AssertionError("a stream was read")

    monkeypatch.setattr(store, "read_stream", must_not_read)
    monkeypatch.setattr(store, "find_request", must_not_read)
    answer = await here.check_in(key_result, value="24.50")
    assert answer["version"] == 5
    assert answer["key_result"]["value"] == "24.50"
