"""What is shown equals what the log says: live read models against a rebuild, row by row."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from helmlog_events.pipeline.protocols import Projection
from helmlog_events.pipeline.rebuild import Rebuild
from helmlog_events.store.postgres.connections import create_engine
from okr_service.readmodel import tables
from okr_service.readmodel.projections import PROJECTIONS
from sqlalchemy import Connection

from tests.okr.house import Team, breached, instant, link, recovered
from tests.okr.imports.files import QUARTER
from tests.support.databases import Database


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
async def test_a_rebuilt_read_model_equals_the_live_one(
    team: Team, okr_database: Database, projection: Projection
):
    kpi_id = uuid4()
    await team.send("PUT", "/v1/fiscal-calendars/group", {"name": "Group", "first_month": 2})
    cycle_id = await team.cycle()
    objective_id = await team.objective(cycle_id)
    steps = [{"name": "advertised", "weight": 1}, {"name": "hired", "weight": "3.50"}]
    hired = await team.key_result(
        objective_id, metric="milestone", baseline=None, target=None, milestones=steps
    )
    await team.check_in(hired, done=["hired"], confidence=3, narrative="Grüße, \N{ANCHOR}")
    await team.key_result(objective_id, kpi_id=str(kpi_id))
    await team.post(f"/v1/key-results/{hired}/initiatives", {"title": "Look for them"})
    comments = f"/v1/objectives/{objective_id}/comments"
    said = await team.post(comments, {"text": "Grüße, \N{ANCHOR}"})
    await team.post(f"/v1/comments/{said['id']}:withdraw")
    await team.get("/v1/cycles")
    for day in (15, 17, 16):
        await team.kpi_says(kpi_id, f"{day}.50", instant(f"2019-11-{day}T00:00:00"))
    await team.kpi_defined("sales-growth")
    await team.import_file(cycle_id, QUARTER)
    parent = await team.objective(cycle_id, title="Be the harbour of choice")
    await team.alignment_says(link(objective_id, parent, cycle_id), instant("2019-11-20T00:00:00"))
    breach_id, guard_id = uuid4(), uuid4()
    for day, tell in ((18, breached), (19, recovered)):
        await team.hear_of_kpis(tell(guard_id, breach_id, instant(f"2019-11-{day}T00:00:00")))
    await team.post(f"/v1/objectives/{objective_id}:close", {"outcome": "missed"})
    await team.get("/v1/cycles")

    engine = create_engine(okr_database.owner)
    report = await Rebuild(engine, "okr", projection).run()
    await engine.dispose()
    assert report.equal, report.tables
    assert all(table.rows for table in report.tables)


async def test_the_migrations_make_the_tables_that_the_code_reads(okr_database: Database):
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection, opts={"include_name": _is_ours, "compare_type": True}
        )
        return compare_metadata(context, tables.metadata)

    engine = create_engine(okr_database.owner)
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []


def _is_ours(name: str | None, kind: str, parents: dict[str, str | None]) -> bool:
    return kind != "table" or name in tables.metadata.tables


async def test_reads_wait_no_longer_than_their_patience(team: Team):
    head = await team.house.store.head()
    async with asyncio.timeout(20):
        response = await team.send(
            "GET", "/v1/cycles", **{"Helmlog-Min-Seq": str(head + 1_000_000)}
        )
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
