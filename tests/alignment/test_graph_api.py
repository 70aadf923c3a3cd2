from datetime import UTC, date, datetime

from helmlog_events.ids import new_id

from tests.alignment.house import House
from tests.alignment.revisions import (
    cancel,
    definition,
    move,
    revise_cycle,
    revise_key_result,
    revise_objective,
)


async def test_the_graph_of_a_cycle_has_its_nodes_and_edges(house: House):
    company, team = await house.objective(1), await house.objective(2)
    bound = await house.key_result(company)
    await house.settle()
    link = (await house.link(team, bound, target_type="key_result")).json()["id"]
    await house.settle()
    graph = (await house.client.get(f"/v1/cycles/{house.cycle}/graph")).json()
    assert {node["id"] for node in graph["nodes"]} == {str(company), str(team), str(bound)}
    assert [
        (edge["kind"], edge["from"], edge["to"], edge["link_id"]) for edge in graph["edges"]
    ] == [
        ("contributes", str(team), str(bound), link),
        ("belongs_to", str(bound), str(company), None),
    ]


async def test_an_end_in_another_cycle_is_in_the_graph_too(house: House):
    quarter, year = await house.objective(1), await house.objective(2, cycle=(of_year := new_id()))
    await house.open_cycle(of_year, ends_on=date(2026, 12, 31))
    await house.settle()
    await house.link(quarter, year)
    await house.settle()
    graph = (await house.client.get(f"/v1/cycles/{house.cycle}/graph")).json()
    assert {node["id"] for node in graph["nodes"]} == {str(quarter), str(year)}


async def test_an_unknown_cycle_has_no_graph(house: House):
    assert (await house.client.get(f"/v1/cycles/{new_id()}/graph")).status_code == 404


async def test_impact_shows_what_hangs_on_a_kpi_by_which_way_and_how_much(house: House):
    kpi_id = new_id()
    company, team = await house.objective(1), await house.objective(2)
    bound = await house.key_result(team, kpi_id=kpi_id)
    beside = await house.key_result(team, weight="3")
    await house.progress(beside, team, "0.5")
    await house.settle()
    await house.link(team, company)
    await house.settle()
    answer = (await house.client.get("/v1/impact", params={"kpi": str(kpi_id)})).json()
    effects = {found["id"]: found["effect"] for found in answer["affected"]}
    assert effects == {str(bound): "1.000000", str(team): "0.250000", str(company): "0.250000"}
    last = next(found for found in answer["affected"] if found["id"] == str(company))
    assert last["path"] == [
        {"type": "kpi", "id": str(kpi_id)},
        {"type": "key_result", "id": str(bound)},
        {"type": "objective", "id": str(team)},
        {"type": "objective", "id": str(company)},
    ]


async def test_impact_of_an_objective_leaves_itself_out(house: House):
    company, team = await house.objective(1), await house.objective(2)
    await house.settle()
    await house.link(team, company)
    await house.settle()
    answer = (await house.client.get("/v1/impact", params={"objective": str(team)})).json()
    assert [found["id"] for found in answer["affected"]] == [str(company)]


async def test_impact_is_of_exactly_one_thing(house: House):
    for query in ({}, {"kpi": str(new_id()), "objective": str(new_id())}):
        assert (await house.client.get("/v1/impact", params=query)).status_code == 422
    unknown = await house.client.get("/v1/impact", params={"objective": str(new_id())})
    assert unknown.status_code == 404


async def test_the_graph_shows_what_was_revised_as_it_is_now(house: House):
    objective, other = await house.objective(1), await house.objective(2)
    revised, moved, ended = [await house.key_result(objective) for _ in range(3)]
    await revise_objective(house, objective, "Said better", "harbour")
    after = definition(title="Counted better", weight="4", kpi_id=(kpi_id := new_id()))
    await revise_key_result(house, revised, objective, definition(), after)
    await move(house, moved, objective, other)
    await cancel(house, ended, objective)
    await house.settle()
    graph = (await house.client.get(f"/v1/cycles/{house.cycle}/graph")).json()
    nodes = {node["id"]: node for node in graph["nodes"]}
    shown = nodes[str(objective)]
    assert [shown[name] for name in ("title", "level", "team", "owner")] == [
        "Said better",
        "company",
        "harbour",
        "boris",
    ]
    shown = nodes[str(revised)]
    assert [shown[name] for name in ("title", "weight", "kpi_id")] == [
        "Counted better",
        "4",
        str(kpi_id),
    ]
    assert nodes[str(moved)]["objective_id"] == str(other)
    assert {id_ for id_, node in nodes.items() if node["cancelled"]} == {str(ended)}


async def test_nothing_hangs_on_the_kpi_of_a_cancelled_key_result(house: House):
    kpi_id, objective = new_id(), await house.objective(1)
    ended = await house.key_result(objective, kpi_id=kpi_id)
    await cancel(house, ended, objective)
    await house.settle()
    answer = (await house.client.get("/v1/impact", params={"kpi": str(kpi_id)})).json()
    assert answer["affected"] == []


async def test_a_link_holds_by_the_dates_a_cycle_was_revised_to(house: House):
    company, team = await house.objective(1), await house.objective(2)
    await revise_cycle(house, house.cycle, date(2026, 2, 1), date(2026, 4, 30))
    await house.settle()
    assert (await house.link(team, company)).status_code == 201
    (record,) = await house.store.read_log(0, 10)
    assert record.occurred_at == datetime(2026, 2, 1, tzinfo=UTC)
