import random
from typing import Any

import pytest
from audit_service.readmodel.projections import PROJECTIONS
from audit_service.readmodel.tables import metadata
from helmlog_events.contracts import kpi
from helmlog_events.ids import new_id
from helmlog_events.pipeline.rebuild import Rebuild
from helmlog_events.store.postgres.connections import create_engine

from tests.audit.house import House, at
from tests.audit.quarter import Quarter


async def history(house: House, quarter: Quarter, limit: int = 500) -> list[dict[str, Any]]:
    """All pages of it."""
    items: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        answer = await house.client.get(f"/v1/cycles/{quarter.cycle}/history", params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        query["cursor"] = page["next_cursor"]


async def test_a_history_holds_what_concerns_the_cycle_from_all_logs_in_one_order(
    whole_house: House,
):
    quarter, another = Quarter(whole_house), Quarter(whole_house)
    await quarter.play()
    await another.play()
    await whole_house.journal()
    items = await history(whole_house, quarter)
    assert len(items) == 17
    places = [(item["recorded_at"], item["source"], item["seq"]) for item in items]
    assert places == sorted(places)
    assert {item["source"] for item in items} == {"okr", "kpi", "alignment"}
    assert {item["actor"] for item in items} == {"anna"}


async def test_pages_of_any_size_give_the_same_history(whole_house: House):
    quarter = Quarter(whole_house)
    await quarter.play()
    await whole_house.journal()
    whole = await history(whole_house, quarter)
    for limit in (1, 4, len(whole)):
        assert await history(whole_house, quarter, limit) == whole


@pytest.mark.parametrize("first", ["kpi", "okr"])
async def test_a_binding_counts_for_what_the_kpi_said_before_it(whole_house: House, first: str):
    quarter = Quarter(whole_house)
    await quarter.define()
    await quarter.value(12000, day=-3)
    await quarter.open()
    await quarter.draft()
    await whole_house.journal(first)
    await quarter.bind(day=2)
    await whole_house.journal()
    types = [item["type"] for item in await history(whole_house, quarter)]
    assert types[:2] == ["KPIDefined", "KPIValueChanged"]


async def test_a_batch_of_readings_is_in_it_once_and_only_if_it_names_a_bound_kpi(
    whole_house: House,
):
    quarter = Quarter(whole_house)
    await quarter.open()
    await quarter.draft()
    await quarter.bind()
    for kpi_ids in ((quarter.kpi, new_id()), (new_id(),)):
        batch_id = new_id()
        ingested = kpi.ReadingsIngested(
            batch_id=batch_id,
            kpi_ids=kpi_ids,
            count=2,
            corrected=0,
            first_observed_at=at(1),
            last_observed_at=at(2),
            digest="00" * 32,
        )
        await whole_house.say("kpi", f"readings-{batch_id}", ingested)
    await whole_house.journal()
    items = await history(whole_house, quarter)
    assert [item["type"] for item in items].count("ReadingsIngested") == 1


async def test_an_event_nobody_understands_is_journaled_all_the_same(whole_house: House):
    quarter = Quarter(whole_house)
    await quarter.open()
    (event, *_) = await whole_house.unheard("okr")
    strange = event.record._replace(
        seq=3,
        version=3,
        event_id=new_id(),
        type="NeverHeardOf",
        data=f'{{"cycle_id":"{quarter.cycle}","cycle_ids":7,"kpi_id":"no id"}}',
    )
    await whole_house.journal("okr")
    await whole_house.hear([event._replace(record=strange)])
    assert (await history(whole_house, quarter))[-1]["type"] == "NeverHeardOf"
    path = f"/v1/cycles/{quarter.cycle}/report"
    assert (await whole_house.client.get(path)).json()["unread"] == ["okr/3"]


async def test_an_unknown_cycle_has_no_history_and_no_report(whole_house: House):
    for what in ("history", "report"):
        answer = await whole_house.client.get(f"/v1/cycles/{new_id()}/{what}")
        assert answer.status_code == 404


async def test_another_tenant_sees_nothing_of_it(whole_house: House):
    quarter = Quarter(whole_house)
    await quarter.play()
    await whole_house.journal()
    foreign = whole_house.issuer.headers("admin", tenant="other")
    for what in ("history", "report"):
        path = f"/v1/cycles/{quarter.cycle}/{what}"
        assert (await whole_house.client.get(path, headers=foreign)).status_code == 404


@pytest.mark.parametrize("cursor", ["x", "W10", "é" * 5])
async def test_a_cursor_that_was_not_given_out_is_refused(whole_house: House, cursor: str):
    path = f"/v1/cycles/{new_id()}/history"
    answer = await whole_house.client.get(path, params={"cursor": cursor})
    assert answer.status_code == 422


@pytest.mark.parametrize("seed", range(2))
async def test_what_is_shown_is_what_a_rebuild_shows(whole_house: House, seed: int):
    order = random.Random(seed)
    quarters = [Quarter(whole_house) for _ in range(3)]
    for quarter in quarters:
        await quarter.play()
        await whole_house.journal(*order.sample(["okr", "kpi", "alignment"], 2))
    await whole_house.journal()
    owner = create_engine(whole_house.databases["audit"].owner)
    for projection in PROJECTIONS:
        report = await Rebuild(owner, "audit:not-followed", projection).run()
        assert report.equal, [table.samples for table in report.tables]
        assert report.events
    await owner.dispose()


async def test_the_tables_are_those_the_migration_makes(house: House):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def difference(connection) -> list[object]:
        known = metadata.tables
        options = {"include_name": lambda name, kind, _: kind != "table" or name in known}
        return list(
            compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        )

    engine = create_engine(house.databases["audit"].owner)
    async with engine.connect() as connection:
        assert await connection.run_sync(difference) == []
    await engine.dispose()
