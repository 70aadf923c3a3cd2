"""Boards are kept as they were rendered; nobody may notice but by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson
import pytest
from helmlog_events import clock
from okr_service.domain.cut import Cut
from okr_service.readmodel.boards import Boards
from okr_service.readmodel.heads import CycleHeads, Head
from okr_service.readmodel.rendered import RenderedBoards

from tests.okr.house import House, Team, link, open_house
from tests.support.databases import Database

MORNING = datetime(2019, 12, 1, 9, 30, 12, 345678, tzinfo=UTC)


@pytest.fixture(scope="module")
async def neighbour(okr_database: Database) -> AsyncIterator[House]:
    """A second process of the service on the same database."""
    async with open_house(okr_database.app) as house:
        yield house


async def _board(team: Team, cycle: str, **headers: str) -> httpx.Response:
    waiting = {"Helmlog-Min-Seq": str(team.seq), **headers}
    return await team.send("GET", f"/v1/cycles/{cycle}/board", **waiting)


def _values(response: httpx.Response) -> list[str | None]:
    return [
        part["value"]
        for objective in response.json()["objectives"]
        for part in objective["key_results"]
    ]


async def test_a_check_in_shows_at_once_in_every_process(team: Team, neighbour: House):
    there = Team(neighbour, team.tenant)
    cycle = await team.cycle()
    key_result = await team.key_result(await team.objective(cycle))
    for value in ("23", "24", "25", "26"):
        await team.check_in(key_result, value=value)
        there.seq = team.seq
        assert _values(await _board(there, cycle)) == [value]
        assert _values(await _board(team, cycle)) == [value]
    await there.post(f"/v1/cycles/{cycle}:review")
    team.seq = there.seq
    assert (await _board(team, cycle)).json()["cycle"]["state"] == "review"


async def test_a_board_that_did_not_change_need_not_be_sent(
    team: Team, monkeypatch: pytest.MonkeyPatch
):
    cycle = await team.cycle()
    key_result = await team.key_result(await team.objective(cycle))
    monkeypatch.setattr(clock, "now", lambda: MORNING)
    first = await _board(team, cycle)
    assert first.json()["judged_at"] == "2019-12-01T09:30:00.000000Z"
    held = {"If-None-Match": first.headers["ETag"]}
    again = await _board(team, cycle, **held)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    await team.check_in(key_result, value="23")
    changed = await _board(team, cycle, **held)
    assert changed.status_code == 200
    assert _values(changed) == ["23"]
    assert changed.headers["ETag"] != first.headers["ETag"]


async def test_what_happens_in_other_cycles_renders_nothing_anew(
    team: Team, monkeypatch: pytest.MonkeyPatch
):
    cycle, other = await team.cycle(), await team.cycle(name="FY21-Q1")
    await team.key_result(await team.objective(cycle))
    monkeypatch.setattr(clock, "now", lambda: MORNING)
    first = await _board(team, cycle)
    await team.objective(other)

    async def must_not_ask(*_: object) -> None:
        raise AssertionError("the board was rendered")

    monkeypatch.setattr(team.house.app.state.services.queries.boards, "at", must_not_ask)
    assert (await _board(team, cycle)).content == first.content


async def test_a_past_board_is_rendered_once(team: Team, monkeypatch: pytest.MonkeyPatch):
    cycle = await team.cycle()
    key_result = await team.key_result(await team.objective(cycle))
    await team.check_in(key_result, value="23")
    path = f"/v1/cycles/{cycle}/board"
    moment = {"known_at": datetime.now(UTC).isoformat()}
    before = await team.get(path, **moment)
    await team.check_in(key_result, value="24")

    async def must_not_ask(*_: object) -> None:
        raise AssertionError("the board was rendered")

    monkeypatch.setattr(team.house.app.state.services.queries.boards, "at", must_not_ask)
    assert await team.get(path, **moment) == before


async def test_a_board_belongs_to_its_tenant(team: Team):
    cycle = await team.cycle()
    assert (await _board(team, cycle)).status_code == 200
    stranger = Team(team.house, f"team-{uuid4().hex}")
    assert (await _board(stranger, cycle)).status_code == 404


async def test_while_an_event_stands_parked_no_board_is_kept(
    team: Team, okr_database: Database, monkeypatch: pytest.MonkeyPatch
):
    """Its rows will come without the log growing."""
    cycle = await team.cycle()
    monkeypatch.setattr(clock, "now", lambda: MORNING)
    await _board(team, cycle)
    services = team.house.app.state.services
    heads: CycleHeads = services.rendered._heads
    assert (await heads.read(team.tenant, UUID(cycle))).settled
    connection = await asyncpg.connect(okr_database.app)
    try:
        await connection.execute(
            "INSERT INTO parked SELECT 'okr', seq, tenant, stream, version, event_id, type,"
            " schema_version, data, metadata, occurred_at, recorded_at, leaf, hash,"
            " 'failed', 'tried', 1 FROM event_log WHERE seq = 1"
        )
        assert not (await heads.read(team.tenant, UUID(cycle))).settled
        asked = []
        ask = services.queries.boards.at

        async def counting(*args: object) -> object:
            asked.append(args)
            return await ask(*args)

        monkeypatch.setattr(services.queries.boards, "at", counting)
        await _board(team, cycle)
        await _board(team, cycle)
        assert len(asked) == 2
    finally:
        await connection.execute("DELETE FROM parked")
        await connection.close()


async def test_what_alignment_tells_shows_at_once(team: Team, monkeypatch: pytest.MonkeyPatch):
    """The own log need not grow for it."""
    cycle = await team.cycle()
    child = await team.objective(cycle)
    parent = await team.objective(cycle, title="Be the harbour of choice")
    await team.check_in(await team.key_result(child), value="35")
    monkeypatch.setattr(clock, "now", lambda: MORNING)
    moment = {"known_at": datetime.now(UTC).isoformat()}

    async def progress(**query: str) -> list[str | None]:
        board = await team.get(f"/v1/cycles/{cycle}/board", **query)
        return [shown["progress"] for shown in board["objectives"] if shown["id"] == parent]

    assert await progress() == await progress(**moment) == [None]
    await team.alignment_says(link(child, parent, cycle), MORNING)
    assert await progress() == ["1.000000"]
    assert await progress(**moment) == [None]


async def test_an_event_parked_for_a_while_shows_once_it_is_applied(
    team: Team, okr_database: Database
):
    """Its entry comes behind others that stand after it in the log."""
    cycle = await team.cycle()
    await team.objective(cycle, title="told first", active=False)
    await _board(team, cycle)
    connection = await asyncpg.connect(okr_database.app)
    taken = await connection.fetchrow(
        "DELETE FROM cycle_entries WHERE seq ="
        " (SELECT max(seq) FROM cycle_entries WHERE tenant = $1 AND type = 'ObjectiveDrafted')"
        " RETURNING *",
        team.tenant,
    )
    services = team.house.app.state.services
    services.queries.boards = Boards(team.house.engine)
    try:
        await connection.execute(
            "INSERT INTO parked SELECT 'okr', seq, tenant, stream, version, event_id, type,"
            " schema_version, data, metadata, occurred_at, recorded_at, leaf, hash,"
            " 'failed', 'tried', 1 FROM event_log WHERE seq = 1"
        )
        later = await team.objective(cycle, title="told later", active=False)
        shown = (await _board(team, cycle)).json()["objectives"]
        assert [objective["id"] for objective in shown] == [later]
        await connection.execute("DELETE FROM parked")
        await connection.execute(
            "INSERT INTO cycle_entries"
            " SELECT * FROM json_populate_record(null::cycle_entries, $1::json)",
            orjson.dumps(dict(taken), default=str).decode(),
        )
        shown = (await _board(team, cycle)).json()["objectives"]
        assert [objective["title"] for objective in shown] == ["told first", "told later"]
    finally:
        await connection.execute("DELETE FROM parked")
        await connection.close()


class FixedHeads(CycleHeads):
    """Heads that a test sets."""

    def __init__(self) -> None:
        self.head = Head(position=9, touched=9, links=0, organisation=0, settled=True)

    async def read(self, tenant: str, cycle_id: UUID) -> Head:
        return self.head


class Renderer:
    def __init__(self, size: int = 10) -> None:
        self.size = size
        self.done = 0

    async def __call__(self) -> bytes:
        await asyncio.sleep(0)
        self.done += 1
        return b"x" * self.size


CYCLE = UUID(int=7)
NOW = Cut(MORNING)


async def test_readers_at_the_same_time_share_one_rendering():
    boards, render = RenderedBoards(FixedHeads()), Renderer()
    await asyncio.gather(*(boards.find("acme", CYCLE, NOW, None, render) for _ in range(16)))
    assert render.done == 1


async def test_a_reader_who_leaves_takes_nothing_from_the_others():
    boards, render = RenderedBoards(FixedHeads()), Renderer()
    readers = [
        asyncio.ensure_future(boards.find("acme", CYCLE, NOW, None, render)) for _ in range(2)
    ]
    await asyncio.sleep(0)
    readers[0].cancel()
    assert (await readers[1]).body == b"x" * 10
    assert render.done == 1


async def test_a_rendering_that_fails_is_tried_again():
    boards = RenderedBoards(FixedHeads())

    async def fail() -> bytes:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await boards.find("acme", CYCLE, NOW, None, fail)
    assert (await boards.find("acme", CYCLE, NOW, None, Renderer())).body


async def test_what_is_kept_is_bounded_in_bytes():
    boards, render = RenderedBoards(FixedHeads(), max_bytes=25), Renderer()
    for number in (1, 2, 3):
        await boards.find("acme", UUID(int=number), NOW, None, render)
    assert render.done == 3
    await boards.find("acme", UUID(int=3), NOW, None, render)
    assert render.done == 3
    await boards.find("acme", UUID(int=1), NOW, None, render)
    assert render.done == 4


@pytest.mark.parametrize("moved", ["touched", "links", "organisation"])
async def test_whatever_of_it_moved_it_is_rendered_anew(moved: str):
    heads, render = FixedHeads(), Renderer()
    boards = RenderedBoards(heads)
    await boards.find("acme", CYCLE, NOW, None, render)
    heads.head = heads.head._replace(**{moved: 99})
    await boards.find("acme", CYCLE, NOW, None, render)
    assert render.done == 2


async def test_what_the_read_models_have_not_seen_yet_is_not_kept():
    boards, render = RenderedBoards(FixedHeads()), Renderer()
    ahead = Cut(MORNING, up_to_seq=10)
    await boards.find("acme", CYCLE, ahead, None, render)
    await boards.find("acme", CYCLE, ahead, None, render)
    assert render.done == 2
