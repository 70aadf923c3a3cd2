import asyncio
import base64
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from helmlog_web.cursors import decode_cursor, encode_cursor
from helmlog_web.position import ReadPosition
from helmlog_web.problems import Problem

from tests.web.harbour import Harbour
from tests.web.probes import problem

SHIP = UUID("0197a3c0-0000-7000-8000-000000000001")
MOMENT = datetime(2019, 11, 1, 12, 30, 0, 123456, UTC)


def test_a_cursor_comes_back_as_it_was_given() -> None:
    values = (7, "été/7", SHIP, MOMENT)
    cursor = encode_cursor(values)
    assert cursor.isascii()
    assert decode_cursor(cursor, int, str, UUID, datetime) == values


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "====",
        "a b",
        encode_cursor([1]),
        encode_cursor([1, 2, 3]),
        encode_cursor(["x", SHIP]),
        encode_cursor([2**63, SHIP]),
        encode_cursor([1, "no id"]),
        base64.urlsafe_b64encode(b"[" * 5_000).decode(),
        base64.urlsafe_b64encode(b'{"0": 1}').decode(),
        base64.urlsafe_b64encode(b"[NaN, 1]").decode(),
    ],
)
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(Problem) as refused:
        decode_cursor(cursor, int, UUID)
    assert refused.value.status == 422
    assert refused.value.errors[0]["name"] == "cursor"


def test_a_cursor_brings_no_nul_into_a_query() -> None:
    crafted = base64.urlsafe_b64encode(orjson.dumps(["a\x00b"])).decode()
    with pytest.raises(Problem):
        decode_cursor(crafted, str)


async def test_pages_have_100_items_unless_asked(client: httpx.AsyncClient) -> None:
    page = (await client.get("/v1/ships")).json()
    assert page["items"][0].split()[:2] == ["0", "100"]
    following = await client.get("/v1/ships", params={"cursor": page["next_cursor"], "limit": 500})
    assert following.json()["items"][0].split()[:2] == ["100", "500"]


async def test_the_time_of_a_read_is_taken_in_utc(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/ships", params={"valid_at": "2019-11-01T02:00:00+02:00"})
    assert "2019-11-01 00:00:00+00:00" in response.json()["items"][0]


async def test_a_read_waits_until_its_read_model_has_seen_the_write(
    client: httpx.AsyncClient, harbour: Harbour
) -> None:
    reading = asyncio.create_task(client.get("/v1/ships", headers={"Helmlog-Min-Seq": "7"}))
    await asyncio.sleep(0.05)
    assert not reading.done()
    harbour.seen = 7
    assert (await reading).status_code == 200


async def test_a_read_model_that_stays_behind_is_503(
    client: httpx.AsyncClient, harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helmlog_web.reads.PATIENCE", 0.05)
    harbour.seen = 3
    response = await client.get("/v1/ships", headers={"Helmlog-Min-Seq": str(2**63 - 1)})
    assert problem(response, 503, "read-model-behind")["seq"] == 3
    assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize("value", ["-1", "x", "1.5", str(2**63), "9" * 5_000, ""])
async def test_a_malformed_min_seq_is_refused(client: httpx.AsyncClient, value: str) -> None:
    response = await client.get("/v1/ships", headers={"Helmlog-Min-Seq": value})
    (error,) = problem(response, 422, "validation")["errors"]
    assert (error["in"], error["name"].lower()) == ("header", "helmlog-min-seq")


async def test_a_position_that_was_seen_is_not_asked_for_again() -> None:
    database = Database(position=5)
    position = ReadPosition(database.fetch)
    assert await position.reaches(5, patience=1)
    assert await position.reaches(3, patience=1)
    assert database.asked == 1


async def test_many_readers_share_one_query() -> None:
    database = Database(position=5, seconds=0.02)
    position = ReadPosition(database.fetch)
    answers = await asyncio.gather(*(position.reaches(5, patience=1) for _ in range(50)))
    assert all(answers)
    assert database.asked == 1


async def test_a_reader_that_gives_up_leaves_the_query_to_the_others() -> None:
    database = Database(position=5, seconds=0.05)
    position = ReadPosition(database.fetch)
    patient = asyncio.create_task(position.reaches(5, patience=1))
    assert not await position.reaches(5, patience=0.01)
    assert await patient


class Database:
    def __init__(self, position: int, seconds: float = 0) -> None:
        self.position = position
        self.seconds = seconds
        self.asked = 0

    async def fetch(self) -> Any:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        return self.position
