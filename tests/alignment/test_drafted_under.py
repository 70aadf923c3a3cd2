import asyncio
import random
from itertools import permutations

import asyncpg
import pytest
from alignment_service.readmodel.projections import PROJECTIONS
from helmlog_events.contracts.alignment import LinkAdded, LinkDeclined
from helmlog_events.envelope import SourcedEvent
from helmlog_events.ids import stream_id
from helmlog_events.kafka.claims import Fenced
from helmlog_events.pipeline.rebuild import Rebuild
from helmlog_events.store.postgres.connections import create_engine

from tests.alignment.house import House, at
from tests.alignment.revisions import under_key_result, under_objective
from tests.support.databases import Database


async def links(house: House) -> list[LinkAdded]:
    return [event for event in await house.said("LinkAdded") if isinstance(event, LinkAdded)]


async def hear(house: House, *streams: str) -> None:
    """The events of each stream as a batch of its own, in this order."""
    events = await house.pending("okr")
    for stream in streams:
        await house.apply([event for event in events if event.record.stream == stream])


@pytest.mark.parametrize("order", list(permutations(["child", "parent", "key_result"])))
async def test_an_objective_drafted_under_a_key_result_contributes_to_it_whatever_comes_first(
    house: House, order: tuple[str, ...]
):
    await house.settle()
    parent = await house.objective(1, day=2)
    key_result = await house.key_result(parent, day=3)
    child = await house.objective(2, under=under_key_result(key_result), day=5)
    streams = {
        "child": stream_id("objective", child),
        "parent": stream_id("objective", parent),
        "key_result": stream_id("key_result", key_result),
    }
    await hear(house, *(streams[name] for name in order))
    (link,) = await links(house)
    assert (link.kind, link.source.id, link.weight) == ("contributes", child, 1)
    assert (link.target, link.target_objective_id) == (under_key_result(key_result), parent)
    assert link.cycle_ids == (house.cycle,)
    (record,) = await house.store.read_log(0, 10)
    assert (record.actor, record.occurred_at) == ("system:drafted-under", at(5))


@pytest.mark.parametrize("order", list(permutations(["child", "parent"])))
async def test_the_link_holds_no_earlier_than_its_parent_stood(
    house: House, order: tuple[str, ...]
):
    await house.settle()
    parent = await house.objective(1, day=9)
    child = await house.objective(2, under=under_objective(parent), day=5)
    streams = {"child": child, "parent": parent}
    await hear(house, *(stream_id("objective", streams[name]) for name in order))
    (record,) = await house.store.read_log(0, 10)
    assert (record.type, record.occurred_at) == ("LinkAdded", at(9))


async def test_what_comes_in_one_batch_is_linked_once(house: House):
    parent = await house.objective(1)
    key_result = await house.key_result(parent)
    for n in range(3):
        await house.objective(n, under=under_key_result(key_result))
    await house.objective(9, under=under_objective(parent))
    await house.settle()
    assert len(await links(house)) == 4


async def test_a_link_somebody_made_meanwhile_is_left_as_it_is(house: House):
    await house.settle()
    parent = await house.objective(1)
    child = await house.objective(2)
    await house.settle()
    key_result = await house.key_result(parent)
    late = await house.objective(3, under=under_key_result(key_result))
    of_key_result = [e for e in await house.pending("okr") if "key_result" in e.record.stream]
    await house.apply(of_key_result)
    assert (await house.link(child, key_result, target_type="key_result")).status_code == 201
    await house.settle()
    before = await links(house)
    assert {link.source.id for link in before} == {child, late}
    assert (
        (await house.link(late, key_result, target_type="key_result"))
        .json()["type"]
        .endswith("/link-stands-already")
    )


async def test_one_that_would_close_a_loop_is_declined_once_and_aloud(house: House):
    await house.settle()
    parent = await house.objective(1)
    key_result = await house.key_result(parent)
    child = await house.objective(2, under=under_key_result(key_result))
    of = {name: stream_id("objective", each) for name, each in (("p", parent), ("c", child))}
    await hear(house, of["p"], of["c"])
    # The other way round, before the key result is heard of.
    assert (await house.link(parent, child)).status_code == 201
    await hear(house, stream_id("key_result", key_result))
    (declined,) = await house.said("LinkDeclined")
    assert isinstance(declined, LinkDeclined)
    assert (declined.source.id, declined.target.id) == (child, key_result)
    assert declined.reason == f"it would close a loop: {child} -> {parent} -> {child}"
    assert len(await links(house)) == 1
    assert await house.parked() == 0


async def test_a_batch_that_was_rolled_back_leaves_nothing_behind(house: House):
    parent = await house.objective(1)
    await house.objective(2, under=under_objective(parent))
    events = await house.pending("okr")

    async def fenced(_: asyncpg.Connection) -> None:
        raise Fenced("another holds the position now")

    with pytest.raises(Fenced):
        await house.pipeline.process(events, fenced)
    assert await links(house) == []
    await house.settle()
    (first,) = await links(house)
    assert (await house.client.get(f"/v1/links/{first.link_id}")).status_code == 200


async def test_links_made_by_hand_meanwhile_and_drafts_both_stand(house: House):
    company = await house.objective(0)
    others = [await house.objective(n) for n in range(8)]
    await house.carry("okr")
    for n in range(40):
        await house.objective(n, under=under_objective(company))
    answers, _ = await asyncio.gather(
        asyncio.gather(*(house.link(other, company) for other in others)), house.carry("okr")
    )
    assert [answer.status_code for answer in answers] == [201] * 8
    assert len(await links(house)) == 48
    assert await house.parked() == 0


def _partitions(
    events: list[SourcedEvent], count: int, order: random.Random
) -> list[list[SourcedEvent]]:
    """Batches as consumers of `count` partitions get them: in order by stream only."""
    of_stream = {event.record.stream: order.randrange(count) for event in events}
    lanes = [[e for e in events if of_stream[e.record.stream] == lane] for lane in range(count)]
    batches = []
    while any(lanes):
        lane = order.choice([lane for lane in lanes if lane])
        size = order.randrange(1, 60)
        batches.append(lane[:size])
        del lane[:size]
    return batches


@pytest.mark.parametrize("seed", range(2))
async def test_an_import_of_several_hundred_is_linked_whole_whichever_way_it_arrives(
    house: House, database: Database, seed: int
):
    order = random.Random(seed)
    await house.settle()
    nodes = [under_objective(await house.objective(0))]
    drafted = 0
    for n in range(1, 400):
        above = order.choice(nodes)
        nodes.append(under_objective(await house.objective(n, under=above)))
        drafted += 1
        if order.random() < 0.5:
            objective = order.choice([node for node in nodes if node.type == "objective"])
            nodes.append(under_key_result(await house.key_result(objective.id)))
    events = await house.pending("okr")
    for batch in _partitions(events, 4, order):
        await house.apply(batch)
    house.carried["okr"] = events[-1].record.seq
    await house.settle()
    assert len(await links(house)) == drafted
    assert await house.said("LinkDeclined") == []
    assert await house.parked() == 0
    owner = create_engine(database.owner)
    for projection in PROJECTIONS:
        report = await Rebuild(owner, "alignment", projection).run()
        assert report.equal, [table.samples for table in report.tables]
    await owner.dispose()
