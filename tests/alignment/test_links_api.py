import asyncio
from datetime import UTC, date, datetime

import pytest
from helmlog_events.ids import new_id

from tests.alignment.house import House, open_house
from tests.support.databases import Database


async def test_a_link_is_added_read_listed_and_removed(house: House):
    company, team = await house.objective(1), await house.objective(2)
    await house.settle()
    created = await house.link(team, company, weight="2.50")
    assert created.status_code == 201
    assert created.headers["Location"] == f"/v1/links/{created.json()['id']}"
    assert created.json()["weight"] == "2.50"
    assert (await house.client.get(created.headers["Location"])).json() == created.json()
    await house.settle()
    listed = await house.client.get(
        "/v1/links", headers={"Helmlog-Min-Seq": created.headers["Helmlog-Seq"]}
    )
    assert listed.json()["items"] == [created.json()]
    assert (await house.client.delete(created.headers["Location"])).status_code == 204
    assert (await house.client.get(created.headers["Location"])).status_code == 404
    assert (await house.client.delete(created.headers["Location"])).status_code == 404


async def test_lists_are_paged(house: House):
    objectives = [await house.objective(n) for n in range(4)]
    await house.settle()
    made = [(await house.link(o, objectives[0])).json()["id"] for o in objectives[1:]]
    await house.settle()
    first = (await house.client.get("/v1/links", params={"limit": 2})).json()
    rest = (
        await house.client.get("/v1/links", params={"limit": 2, "cursor": first["next_cursor"]})
    ).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == made
    assert rest["next_cursor"] is None


async def test_a_link_that_closes_a_loop_is_refused_with_its_route(house: House):
    company, team = await house.objective(1), await house.objective(2)
    await house.settle()
    await house.link(team, company)
    refused = await house.link(company, team)
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("/link-closes-loop")
    assert refused.json()["route"] == [str(team), str(company)]


async def test_a_loop_through_a_key_result_is_refused(house: House):
    company, team = await house.objective(1), await house.objective(2)
    of_team = await house.key_result(team)
    await house.settle()
    await house.link(team, company)
    refused = await house.link(company, of_team, target_type="key_result")
    assert refused.json()["type"].endswith("/link-closes-loop")


@pytest.mark.parametrize(
    ("weight", "status", "problem"),
    [(0, 422, "weight-not-positive"), (-1, 422, "weight-not-positive"), ("NaN", 422, "validation")],
)
async def test_bad_weights_are_refused(house: House, weight, status: int, problem: str):
    company, team = await house.objective(1), await house.objective(2)
    await house.settle()
    refused = await house.link(team, company, weight=weight)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (status, problem)


async def test_an_unknown_node_is_refused_after_a_bounded_wait(patient_house: House):
    team = await patient_house.objective(1)
    await patient_house.settle()
    refused = await asyncio.wait_for(patient_house.link(team, new_id()), 20)
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("/unknown-node")
    assert refused.json()["errors"][0]["pointer"] == "#/to/id"


async def test_a_node_that_is_just_on_its_way_is_waited_for(patient_house: House):
    company, team = await patient_house.objective(1), await patient_house.objective(2)
    asking = asyncio.create_task(patient_house.link(team, company))
    await asyncio.sleep(0.2)
    await patient_house.settle()
    assert (await asking).status_code == 201


async def test_a_key_result_is_not_taken_for_an_objective(house: House):
    company, team = await house.objective(1), await house.objective(2)
    of_company = await house.key_result(company)
    await house.settle()
    refused = await house.link(team, of_company, target_type="objective")
    assert refused.json()["type"].endswith("/unknown-node")


async def test_the_same_key_and_request_are_answered_once(house: House):
    company, team = await house.objective(1), await house.objective(2)
    await house.settle()
    headers = {"Idempotency-Key": "once"}
    answers = await asyncio.gather(*(house.link(team, company, headers=headers) for _ in range(10)))
    assert {answer.json().get("id") for answer in answers} == {answers[0].json()["id"]}
    assert len(await house.said("LinkAdded")) == 1
    other = await house.link(company, team, headers=headers)
    assert other.json()["type"].endswith("/idempotency-key-reused")


async def test_a_viewer_reads_and_does_not_write(house: House):
    viewer = house.issuer.headers("viewer", tenant="acme")
    assert (await house.client.get("/v1/links", headers=viewer)).status_code == 200
    refused = await house.link(new_id(), new_id(), headers=viewer)
    assert refused.status_code == 403


async def test_another_tenant_neither_sees_nor_links_our_nodes(house: House):
    company, team = await house.objective(1), await house.objective(2)
    await house.settle()
    made = await house.link(team, company)
    await house.settle()
    foreign = house.issuer.headers("admin", tenant="other")
    assert (await house.client.get("/v1/links", headers=foreign)).json()["items"] == []
    path = made.headers["Location"]
    assert (await house.client.get(path, headers=foreign)).status_code == 404
    assert (await house.client.delete(path, headers=foreign)).status_code == 404
    assert (await house.link(company, team, headers=foreign)).status_code == 422
    found = await house.client.get(f"/v1/nodes/{team}/roll-up", headers=foreign)
    assert found.status_code == 404


async def test_two_links_that_together_close_a_loop_never_both_stand(
    house: House, database: Database
):
    async with open_house(database.app) as other_process:
        other_process.cycle = house.cycle
        for _ in range(50):
            company, team = await house.objective(1), await house.objective(2)
            await house.carry("okr")
            there = house.issuer.headers("owner", tenant="acme")
            other_process.client.headers.update(
                other_process.issuer.headers("owner", tenant="acme")
            )
            answers = await asyncio.gather(
                house.link(team, company, headers=there), other_process.link(company, team)
            )
            assert sorted(answer.status_code for answer in answers) == [201, 422]


async def test_three_links_of_a_ring_at_once_leave_it_open(house: House):
    for _ in range(10):
        ring = [await house.objective(n) for n in range(3)]
        await house.carry("okr")
        answers = await asyncio.gather(*(house.link(ring[n], ring[(n + 1) % 3]) for n in range(3)))
        assert sorted(answer.status_code for answer in answers) == [201, 201, 422]


async def occurred(house: House, *types: str) -> list[tuple[str, datetime]]:
    records = await house.store.read_log(0, 10_000)
    return [(record.type, record.occurred_at) for record in records if record.type in types]


async def test_a_link_holds_from_the_start_of_the_later_cycle_to_the_end_of_its_targets(
    house: House,
):
    year, quarter = new_id(), new_id()
    await house.open_cycle(year, starts_on=date(2014, 1, 1), ends_on=date(2014, 12, 31))
    await house.open_cycle(quarter, starts_on=date(2014, 10, 1), ends_on=date(2014, 12, 31))
    company = await house.objective(1, cycle=year)
    team = await house.objective(2, cycle=quarter)
    await house.settle()
    made = await house.link(team, company)
    assert (await house.client.delete(made.headers["Location"])).status_code == 204
    assert await occurred(house, "LinkAdded", "LinkRemoved") == [
        ("LinkAdded", datetime(2014, 10, 1, tzinfo=UTC)),
        ("LinkRemoved", datetime(2014, 12, 31, 23, 59, 59, 999_999, UTC)),
    ]


async def test_a_link_is_never_removed_before_it_was_added(house: House):
    past = new_id()
    await house.open_cycle(past, starts_on=date(2013, 1, 1), ends_on=date(2013, 3, 31))
    company, team = await house.objective(1, cycle=past), await house.objective(2)
    await house.settle()
    made = await house.link(team, company)
    await house.client.delete(made.headers["Location"])
    (_, added), (_, removed) = await occurred(house, "LinkAdded", "LinkRemoved")
    assert added == removed == datetime(2026, 1, 1, tzinfo=UTC)


async def test_a_node_waits_for_its_cycle_before_it_is_linked(patient_house: House):
    coming = new_id()
    company, team = await patient_house.objective(1), await patient_house.objective(2, cycle=coming)
    await patient_house.settle()
    asking = asyncio.create_task(patient_house.link(team, company))
    await asyncio.sleep(0.2)
    assert not asking.done()
    await patient_house.open_cycle(coming)
    await patient_house.settle()
    assert (await asking).status_code == 201
