import asyncio
from datetime import UTC, datetime

from helmlog_events.ids import new_id

from tests.kpi.api.test_definitions import patch, problem


async def define_tree(client) -> dict[str, str]:
    """company over sales and service, sales over north."""
    ids: dict[str, str] = {}
    for slug, parent in [
        ("company", None),
        ("sales", "company"),
        ("service", "company"),
        ("north", "sales"),
    ]:
        parent_id = None if parent is None else ids[parent]
        defined = await client.define(slug, name=slug.title(), parent_id=parent_id)
        ids[slug] = defined["id"]
    return ids


async def tree(client, slug="company", **params) -> list[tuple[str, int, int]]:
    answer = await client.get(f"/v1/kpis/{slug}/tree", params=params)
    return [(one["slug"], one["depth"], one["parts"]) for one in answer.json()["items"]]


async def test_a_kpi_is_shown_with_its_parts_and_they_with_what_they_are_a_part_of(client):
    ids = await define_tree(client)
    assert await tree(client) == [
        ("company", 0, 2),
        ("sales", 1, 1),
        ("north", 2, 0),
        ("service", 1, 0),
    ]
    assert await tree(client, depth=1) == [("company", 0, 2), ("sales", 1, 1), ("service", 1, 0)]
    company = {"id": ids["company"], "slug": "company", "name": "Company"}
    assert (await client.get("/v1/kpis/sales")).json()["parent"] == company
    parts = (await client.get("/v1/kpis", params={"parent": "company"})).json()["items"]
    assert [(one["slug"], one["parent"]) for one in parts] == [
        ("sales", company),
        ("service", company),
    ]
    reading = {"kpi": "north", "observed_at": "2014-07-01T00:00:00Z", "value": "7"}
    await client.post("/v1/readings", json=[reading])
    target = {"effective_from": "2014-01-01T00:00:00Z", "target": "14"}
    await client.send("PUT", "/v1/kpis/north/targets", json=target)
    page = (await client.get("/v1/kpis/company/tree", params={"limit": 2})).json()
    rest = {"cursor": page["next_cursor"]}
    north, service = (await client.get("/v1/kpis/company/tree", params=rest)).json()["items"]
    shown = [north[name] for name in ("value", "target", "achievement", "health", "parent_id")]
    assert shown == ["7", "14", "0.500000", "off_target", ids["sales"]]
    assert service["health"] == "no_data"


async def test_a_tree_is_told_as_it_was(client):
    ids = await define_tree(client)
    before = datetime.now(UTC).isoformat()
    await client.define("late", parent_id=ids["company"])
    assert (await patch(client, "north", parent_id=ids["service"])).status_code == 200
    await patch(client, "sales", parent_id=None, name="Selling")
    assert [one[0] for one in await tree(client)] == ["company", "service", "north", "late"]
    then = ["company", "sales", "north", "service"]
    assert [one[0] for one in await tree(client, known_at=before)] == then
    valid = [one[0] for one in await tree(client, valid_at=before)]
    assert [one for one in valid if one != "late"] == then
    known = (await client.get("/v1/kpis/north", params={"known_at": before})).json()
    assert known["parent"]["name"] == "Sales"


async def test_a_parent_is_a_kpi_and_never_a_part(client):
    ids = await define_tree(client)
    unknown = await patch(client, "north", parent_id=str(new_id()))
    assert problem(unknown) == (422, "unknown-parent")
    body = {
        "slug": "stray",
        "name": "Stray",
        "unit": "x",
        "direction": "up",
        "cadence": "P1D",
        "parent_id": str(new_id()),
    }
    assert problem(await client.post("/v1/kpis", json=body)) == (422, "unknown-parent")
    for kpi in ("company", "sales", "north"):
        loop = await patch(client, kpi, parent_id=ids["north"])
        assert problem(loop) == (422, "part-of-itself")


async def test_of_commands_that_together_close_a_loop_one_is_refused(client):
    ring = ["one", "two", "three"]
    ids = {slug: (await client.define(slug))["id"] for slug in ring}
    for _ in range(5):
        answers = await asyncio.gather(
            *(
                patch(client, slug, parent_id=ids[ring[place - 1]])
                for place, slug in enumerate(ring)
            )
        )
        statuses = sorted(one.status_code for one in answers)
        assert statuses == [200, 200, 422], [one.text for one in answers]
        for slug in ring:
            await patch(client, slug, parent_id=None)
    pairs = [(f"left-{n}", f"right-{n}") for n in range(6)]
    ids = {slug: (await client.define(slug))["id"] for pair in pairs for slug in pair}
    asked = [move for left, right in pairs for move in ((left, right), (right, left))]
    answers = await asyncio.gather(
        *(patch(client, below, parent_id=ids[over]) for below, over in asked)
    )
    statuses = [one.status_code for one in answers]
    for place in range(0, len(asked), 2):
        assert sorted(statuses[place : place + 2]) == [200, 422]
