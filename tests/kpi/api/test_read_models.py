import pytest
from helmlog_events.pipeline.rebuild import Rebuild
from helmlog_events.store.postgres.connections import create_engine
from kpi_service.readmodel.breach_projection import BreachHeads
from kpi_service.readmodel.projections import SOURCE, KPIList
from sqlalchemy import text

from tests.kpi.api.test_main_flow import POLICY, readings


@pytest.mark.parametrize("projection", [KPIList(), BreachHeads()], ids=lambda one: one.name)
async def test_what_is_shown_equals_a_rebuild_from_the_log(client, database, projection):
    await client.define()
    await client.send("PUT", "/v1/kpis/taxi-demand/threshold-policy", json=POLICY)
    await client.send("PATCH", "/v1/kpis/taxi-demand", json={"owner": "maria", "unit": "rides"})
    target = {"effective_from": "2014-01-01T00:00:00Z", "target": "30"}
    await client.send("PUT", "/v1/kpis/taxi-demand/targets", json=target)
    whole = await client.define("whole")
    parts = {"parent_id": whole["id"], "name": "Rides"}
    await client.send("PATCH", "/v1/kpis/taxi-demand", json=parts)
    await client.post("/v1/kpis/whole:retire", json={"reason": "closed"})
    await client.post("/v1/catalogue/net-profit:adopt", json={"with_inputs": True})
    for day, values in enumerate([(4000, 4000, 4000), (9000,), (10, 10, 10)], start=1):
        await client.post("/v1/readings", json=readings(*values, day=day))
    assert len((await client.get("/v1/kpis/taxi-demand/breaches")).json()["items"]) == 2
    corrected = readings(4000, 4000, 4000, 9000)[::3] + readings(10, 9000, day=3)[1:]
    await client.post("/v1/readings", json=corrected)
    assert len((await client.get("/v1/kpis/taxi-demand/breaches")).json()["items"]) == 1
    owner = create_engine(database.owner)
    report = await Rebuild(owner, SOURCE, projection).run()
    assert report.equal, report.tables[0].samples
    assert report.tables[0].rows > 0
    async with owner.begin() as sql:
        (table,) = projection.tables
        tamper, undo = (
            ("told_at = told_at + '1 s'", "told_at = told_at - interval '1 s'")
            if table.name == "breach_heads"
            else ("version = version + 1", "version = version - 1")
        )
        await sql.execute(text(f"UPDATE {table.name} SET {tamper}"))
    assert not (await Rebuild(owner, SOURCE, projection).run(switch=False)).equal
    async with owner.begin() as sql:
        await sql.execute(text(f"UPDATE {table.name} SET {undo}"))
    await owner.dispose()
