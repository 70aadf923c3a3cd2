from decimal import Decimal
from uuid import UUID

import pytest
from alignment_service.application.graphs import GRAPH_STREAM
from helmlog_events.contracts.alignment import LinkAdded, LinkDeclined, LinkRemoved
from helmlog_events.envelope import ANY_VERSION, Append, Metadata, NewEvent, StreamWrite
from helmlog_events.ids import new_id

from tests.alignment.house import TENANT, House, at
from tests.alignment.revisions import move, under_key_result, under_objective


async def standing(house: House) -> dict[UUID, tuple[UUID, UUID]]:
    """By source: which objective each link leads to, and the node it names."""
    found: dict[UUID, LinkAdded] = {}
    for event in await house.said("LinkAdded", "LinkRemoved"):
        match event:
            case LinkAdded():
                found[event.link_id] = event
            case LinkRemoved():
                del found[event.link_id]
    return {each.source.id: (each.target_objective_id, each.target.id) for each in found.values()}


@pytest.mark.parametrize("kind", ["contributes", "supports"])
async def test_links_to_a_moved_key_result_lead_to_its_new_objective(house: House, kind: str):
    origin, objective, team = [await house.objective(n) for n in range(3)]
    moved = await house.key_result(origin)
    await house.settle()
    made = await house.link(team, moved, kind=kind, target_type="key_result", weight="2.5")
    await house.settle()
    await move(house, moved, origin, objective, day=20)
    await house.settle()
    removed, added = (await house.said("LinkAdded", "LinkRemoved"))[1:]
    assert isinstance(removed, LinkRemoved)
    assert isinstance(added, LinkAdded)
    assert str(removed.link_id) == made.json()["id"]
    assert removed.reason == "its key result was moved to another objective"
    assert (added.source, added.target) == (under_objective(team), under_key_result(moved))
    assert (added.kind, added.target_objective_id) == (kind, objective)
    assert added.weight == Decimal("2.5")
    records = await house.store.read_log(0, 100)
    assert {r.occurred_at for r in records if r.version > 1 and r.type.startswith("Link")} == {
        at(20)
    }
    (item,) = (await house.client.get("/v1/links")).json()["items"]
    assert item["id"] == str(added.link_id)


async def test_a_move_that_closes_a_loop_takes_the_link_with_it_and_says_so(house: House):
    origin, objective, team = [await house.objective(n) for n in range(3)]
    moved = await house.key_result(origin)
    measured = await house.key_result(team)
    await house.settle()
    assert (await house.link(team, moved, target_type="key_result")).status_code == 201
    assert (await house.link(objective, team)).status_code == 201
    await house.progress(measured, team, "0.4")
    await house.settle()
    assert (await house.roll_up(origin))["roll_up"] == "0.400000"
    await move(house, moved, origin, objective)
    # Between the move and what follows of it the tables hold a loop that counts for nothing.
    await house.carry("okr")
    await house.progress(measured, team, "0.6", day=2)
    await house.settle()
    (declined,) = await house.said("LinkDeclined")
    assert isinstance(declined, LinkDeclined)
    assert declined.reason == f"it would close a loop: {team} -> {objective} -> {team}"
    assert await standing(house) == {objective: (team, team)}
    assert await house.parked() == 0
    assert (await house.roll_up(origin))["roll_up"] is None
    assert (await house.roll_up(objective))["roll_up"] is None
    assert (await house.link(team, moved, target_type="key_result")).status_code == 422


async def test_a_key_result_moved_to_who_contributes_to_it_ends_the_link(house: House):
    origin, team = await house.objective(1), await house.objective(2)
    moved = await house.key_result(origin)
    await house.settle()
    await house.link(team, moved, target_type="key_result")
    await move(house, moved, origin, team)
    await house.settle()
    (declined,) = await house.said("LinkDeclined")
    assert isinstance(declined, LinkDeclined)
    assert declined.reason == "it would lead from the objective to itself"
    assert await standing(house) == {}


async def test_a_link_made_while_the_move_was_on_its_way_follows_it_too(house: House):
    origin, objective, team = [await house.objective(n) for n in range(3)]
    moved = await house.key_result(origin)
    await move(house, moved, origin, objective)
    await house.settle()
    # Another process decided on what it had read before the move was heard.
    late = LinkAdded(
        link_id=new_id(),
        kind="contributes",
        source=under_objective(team),
        target=under_key_result(moved),
        target_objective_id=origin,
        weight=Decimal(1),
        cycle_ids=(house.cycle,),
    )
    write = StreamWrite(GRAPH_STREAM, ANY_VERSION, (NewEvent(late, at(0)),))
    await house.store.append(Append(TENANT, Metadata("anna"), (write,)))
    await house.settle()
    assert await standing(house) == {team: (objective, moved)}


async def test_two_moves_in_one_batch_lead_to_where_it_is_in_the_end(house: House):
    origin, between, objective, team = [await house.objective(n) for n in range(4)]
    moved = await house.key_result(origin)
    await house.settle()
    await house.link(team, moved, target_type="key_result")
    await house.settle()
    await move(house, moved, origin, between)
    await move(house, moved, between, objective)
    await house.settle()
    assert await standing(house) == {team: (objective, moved)}
    assert len(await house.said("LinkRemoved")) == 1
