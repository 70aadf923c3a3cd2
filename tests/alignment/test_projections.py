import random
from uuid import UUID

import pytest
from alignment_service.readmodel.projections import PROJECTIONS
from alignment_service.readmodel.tables import metadata
from helmlog_events.contracts import okr
from helmlog_events.ids import new_id
from helmlog_events.pipeline.rebuild import Rebuild
from helmlog_events.store.postgres.connections import create_engine
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.alignment.house import House
from tests.alignment.revisions import (
    cancel,
    definition,
    move,
    revise_key_result,
    under_key_result,
    under_objective,
)
from tests.support.databases import Database


@pytest.mark.parametrize("seed", range(5))
async def test_what_is_shown_is_what_a_rebuild_shows(house: House, database: Database, seed: int):
    order = random.Random(seed)
    kpis = [new_id() for _ in range(3)]
    objectives = [await house.objective(n) for n in range(6)]
    bound = {}
    for objective in objectives:
        kpi_id = order.choice(kpis)
        key_result = await house.key_result(objective, kpi_id=kpi_id)
        bound[key_result] = (objective, definition(kpi_id=kpi_id))
    await house.carry("okr")
    for day in range(12):
        key_result = order.choice([*bound])
        objective, _ = bound[key_result]
        await house.progress(key_result, objective, str(order.random())[:6], day=order.randrange(9))
        kpi_id = order.choice(kpis)
        breach = await house.breach(kpi_id, day=day)
        await house.value(order.choice(kpis), day=day)
        if order.random() < 0.5:
            await house.recovery(kpi_id, breach, day=day)
        made = await house.link(*order.sample(objectives, 2))
        if made.status_code == 201 and order.random() < 0.3:
            await house.client.delete(made.headers["Location"])
        await house.link(order.choice(objectives), order.choice([*bound]), target_type="key_result")
        await change(house, order, kpis, objectives, bound)
        for source in order.sample(["okr", "kpi", "alignment"], order.randrange(4)):
            await house.carry(source)
    await house.settle()
    assert await house.parked() == 0
    for key_result, (objective, _) in bound.items():
        for link in (await house.client.get("/v1/links", params={"to": str(key_result)})).json()[
            "items"
        ]:
            # Whatever was linked by hand meanwhile: no link leads to where a key result was.
            made = await house.link(objective, UUID(link["from"]["id"]))
            assert made.json()["type"].rpartition("/")[2] in {
                "link-closes-loop",
                "link-to-itself",
            }
    owner = create_engine(database.owner)
    for projection in PROJECTIONS:
        report = await Rebuild(owner, "alignment", projection).run()
        assert report.equal, [table.samples for table in report.tables]
        assert report.events
    await owner.dispose()


async def change(
    house: House,
    order: random.Random,
    kpis: list[UUID],
    objectives: list[UUID],
    bound: dict[UUID, tuple[UUID, okr.KeyResultDefinition]],
) -> None:
    """Something of what okr-service may do with what there is, half of the time twice."""
    for _ in range(order.randint(1, 2)):
        key_result = order.choice([*bound])
        objective, before = bound[key_result]
        match order.randrange(5):
            case 0:
                after = definition(weight=str(order.randint(1, 5)), kpi_id=order.choice(kpis))
                await revise_key_result(house, key_result, objective, before, after)
                bound[key_result] = (objective, after)
            case 1 | 2:
                goal = order.choice([each for each in objectives if each != objective])
                await move(house, key_result, objective, goal)
                bound[key_result] = (goal, before)
            case 3 if len(bound) > 3:
                await cancel(house, key_result, objective)
                del bound[key_result]
            case _:
                under = order.choice([under_objective(objective), under_key_result(key_result)])
                objectives.append(await house.objective(len(objectives), under=under))


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
