"""A worker that dies while it handles a batch of its own log event by event repeats none."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pytest
from helmlog_events.envelope import SourcedEvent
from helmlog_events.pipeline.follower import OWN_LOG, LogFollower
from helmlog_events.pipeline.pipeline import Pipeline
from helmlog_events.store.postgres.connections import create_engine, driver
from helmlog_events.store.postgres.store import PostgresStore
from helmlog_events.testing.events import append, write
from helmlog_events.testing.probes import eventually, running
from helmlog_local.testing import ProvidedPostgres
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tests.events.notes import CountingReaction, NotesProjection, install_notes
from tests.support.databases import fresh_database
from tests.support.stack import LocalStack

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]


class DyingOnce(NotesProjection):
    """Loses its connection at one event, once, when that event comes alone."""

    deaths = 0

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        if len(events) == 1 and events[0].record.stream == "note-4" and not self.deaths:
            self.deaths += 1
            raise ConnectionResetError
        await super().apply(sql, events)


async def test_own_events_have_one_effect_when_a_worker_dies_among_them(stack: LocalStack) -> None:
    server = ProvidedPostgres(stack.superuser_url("okr"), "the stack's")
    async with fresh_database(server, install_notes) as database:
        engine = create_engine(database.app)
        store = PostgresStore(engine)
        for number in range(1, 7):
            await store.append(append(write(f"note-{number}", f"text {number}")))
        projection = DyingOnce("kpi")
        projection.broken.add("text 6")  # for its sake the batch is taken apart
        pipeline = Pipeline(
            store,
            own_source="kpi",
            projections=[projection],
            reactions=[CountingReaction("kpi")],
            attempts=2,
            first_pause=0.001,
        )
        async with running(LogFollower(engine, pipeline).run()):
            await eventually(lambda: _level(engine))
        counted = await store.read_stream("acme", "counter-1")
        await store.close()
        await engine.dispose()
    assert projection.deaths == 1
    causes = [orjson.loads(event.metadata)["causation_id"] for event in counted]
    assert causes == [f"kpi/{seq}" for seq in range(1, 6)]


async def _level(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        level: bool = await (await driver(connection)).fetchval(
            "SELECT next_offset = (SELECT max(seq) FROM event_log) FROM consumer_positions"
            " WHERE consumer = $1",
            OWN_LOG,
        )
        return level
