import random

import pytest
from alignment_service.readmodel.projections import PROJECTIONS
from alignment_service.readmodel.tables import metadata
from helmlog_events.ids import new_id
from helmlog_events.pipeline.rebuild import Rebuild
from helmlog_events.store.postgres.connections import create_engine
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.alignment.house import House
from tests.support.databases import Database


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_shown_is_what_a_rebuild_shows(house: House, database: Database, seed: int):
    order = random.Random(seed)
    kpis = [new_id() for _ in range(3)]
    objectives = [await house.objective(n) for n in range(6)]
    bound = [(await house.key_result(o, kpi_id=order.choice(kpis)), o) for o in objectives]
    await house.carry("okr")
    for day in range(12):
        key_result, objective = order.choice(bound)
        await house.progress(key_result, objective, str(order.random())[:6], day=order.randrange(9))
        kpi_id = order.choice(kpis)
        breach = await house.breach(kpi_id, day=day)
        await house.value(order.choice(kpis), day=day)
        if order.random() < 0.5:
            await house.recovery(kpi_id, breach, day=day)
        made = await house.link(*order.sample(objectives, 2))
        if made.status_code == 201 and order.random() < 0.3:
            await house.client.delete(made.headers["Location"])
        for source in order.sample(["okr", "kpi", "alignment"], order.randrange(4)):
            await house.carry(source)
    await house.settle()
    owner = create_engine(database.owner)
    for projection in PROJECTIONS:
        report = await Rebuild(owner, "alignment", projection).run()
        assert report.equal, [table.samples for table in report.tables]
        assert report.events
    await owner.dispose()


async def test_the_tables_are_those_the_migration_makes(database: Database):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def difference(connection) -> list[object]:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _: kind != "table" or name in metadata.tables},
        )
        return list(compare_metadata(context, metadata))

    engine = create_engine(database.owner)
    async with engine.connect() as connection:
        assert isinstance(connection, AsyncConnection)
        assert await connection.run_sync(difference) == []
    await engine.dispose()
