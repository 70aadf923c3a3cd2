"""Old quarters still replay: logs written by earlier versions, and the boards those showed then.

A folder of `golden` is kept for ever: the log, the inbox, the revision of the database that held
them, and the boards. What a board showed it shows still, whatever it shows besides.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import asyncpg
import orjson
import pytest
from helmlog_events.migrate import migrate, run_migrations
from helmlog_events.pipeline.follower import OWN_LOG
from helmlog_local.testing import ProvidedPostgres
from okr_service.bootstrap import create_pipeline
from okr_service.migrate import MIGRATIONS

from tests.okr.house import Team, open_house
from tests.support.databases import APP, AUDITOR, Database, fresh_database

GOLDEN = Path(__file__).parent / "golden"
QUARTERS = sorted(GOLDEN.iterdir())


def rows(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture(params=QUARTERS, ids=lambda path: path.name)
def quarter(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
async def upgraded(postgres: ProvidedPostgres, quarter: Path) -> AsyncIterator[Database]:
    """A database of that time with that log in it, brought to the present."""
    revision = orjson.loads((quarter / "boards.json").read_bytes())["revision"]
    roles = {"HELMLOG_APP_ROLE": APP, "HELMLOG_AUDITOR_ROLE": AUDITOR}
    async with fresh_database(postgres, lambda _: None) as database:
        with patch.dict(os.environ, roles):
            await asyncio.to_thread(run_migrations, MIGRATIONS, database.owner, revision)
            connection = await asyncpg.connect(database.superuser)
            for table, name in (("event_log", "log"), ("inbox", "inbox")):
                for row in rows(quarter / f"{name}.jsonl"):
                    await insert(connection, table, row)
            # Its read models had followed the log to its end.
            await connection.execute(
                "INSERT INTO consumer_positions (consumer, topic, partition, epoch, next_offset)"
                " SELECT $1, $1, 0, 1, max(seq) FROM event_log",
                OWN_LOG,
            )
            await connection.close()
            await asyncio.to_thread(migrate, MIGRATIONS, create_pipeline, database.owner)
        yield database


async def insert(connection: asyncpg.Connection, table: str, row: dict[str, Any]) -> None:
    values = {
        **row,
        "event_id": UUID(row["event_id"]),
        "occurred_at": datetime.fromisoformat(row["occurred_at"]),
        "recorded_at": datetime.fromisoformat(row["recorded_at"]),
        "leaf": bytes.fromhex(row["leaf"]),
        "hash": bytes.fromhex(row["hash"]),
    }
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await connection.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", *values.values()
    )


def shown_still(then: Any, now: Any, at: str = "") -> list[str]:
    """Where `now` no longer shows what was shown `then`."""
    if isinstance(then, dict):
        return [
            place
            for name, value in then.items()
            for place in (
                shown_still(value, now[name], f"{at}/{name}") if name in now else [f"{at}/{name}"]
            )
        ]
    if isinstance(then, list):
        if len(then) != len(now):
            return [at]
        return [
            place
            for number, (left, right) in enumerate(zip(then, now, strict=True))
            for place in shown_still(left, right, f"{at}/{number}")
        ]
    return [] if then == now else [at]


async def test_an_old_quarter_shows_what_it_showed(upgraded: Database, quarter: Path):
    told = orjson.loads((quarter / "boards.json").read_bytes())
    async with open_house(upgraded.app) as house:
        team = Team(house, told["tenant"])
        for moment, board in told["boards"].items():
            asked = {} if moment == "now" else {"valid_at": moment}
            shown = await team.get(f"/v1/cycles/{told['cycle_id']}/board", **asked)
            assert shown_still(board, shown) == []


def test_an_old_log_still_holds(quarter: Path):
    """Its hashes follow from one another, as they did when it was written."""
    log = rows(quarter / "log.jsonl")
    assert [row["seq"] for row in log] == list(range(1, len(log) + 1))
    before = bytes(32)
    for row in log:
        before = sha256(before + bytes.fromhex(row["leaf"])).digest()
        assert row["hash"] == before.hex()
