from datetime import UTC, datetime

import pytest

from tests.kpi.api.test_definitions import patch


async def slugs(client, **params) -> list[str]:
    answer = await client.get("/v1/kpis", params=params)
    assert answer.status_code == 200, answer.text
    return [one["slug"] for one in answer.json()["items"]]


async def define_some(client) -> None:
    await client.define("c-rides", name="rides in Zürich", org_unit="fleet", owner="maria")
    await client.define("a-sales", name="Sales", type="financial", level="department", key=True)
    await client.define("b-margin", name="margin", type="financial", unit="%")


async def test_kpis_are_found_by_what_they_are(client):
    await define_some(client)
    assert await slugs(client, type="financial", level="company") == ["b-margin"]
    assert await slugs(client, org_unit="fleet", owner="maria") == ["c-rides"]
    assert await slugs(client, key=True) == ["a-sales"]
    assert await slugs(client, q="ZÜRICH rides") == ["c-rides"]
    assert await slugs(client, q="%") == []
    assert await slugs(client, derived=True) == []
    assert await slugs(client, template="sales-growth") == []
    await client.post("/v1/kpis/a-sales:retire", json={"reason": "sold"})
    assert await slugs(client, retired=True) == ["a-sales"]
    assert await slugs(client, retired=False) == ["c-rides", "b-margin"]
    reading = {"kpi": "b-margin", "observed_at": "2014-07-01T00:00:00Z", "value": "7"}
    await client.post("/v1/readings", json=[reading])
    assert await slugs(client, health="not_judged") == ["a-sales", "b-margin"]
    assert await slugs(client, health="no_data") == ["c-rides"]
    assert await slugs(client, roots=False) == []


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("defined", ["c-rides", "a-sales", "b-margin"]),
        ("-defined", ["b-margin", "a-sales", "c-rides"]),
        ("slug", ["a-sales", "b-margin", "c-rides"]),
        ("name", ["b-margin", "c-rides", "a-sales"]),
        ("-name", ["a-sales", "c-rides", "b-margin"]),
    ],
)
async def test_lists_are_in_the_order_asked_for_page_by_page(client, sort, expected):
    await define_some(client)
    for moment in ({}, {"known_at": datetime.now(UTC).isoformat()}):
        found, params = [], {"sort": sort, "limit": 1, **moment}
        while True:
            page = (await client.get("/v1/kpis", params=params)).json()
            found.extend(one["slug"] for one in page["items"])
            if page["next_cursor"] is None:
                break
            params = {**params, "cursor": page["next_cursor"]}
        assert found == expected


async def test_a_list_is_told_as_it_was_known(client):
    await define_some(client)
    reading = {"kpi": "a-sales", "observed_at": "2014-07-01T00:00:00Z", "value": "1"}
    await client.post("/v1/readings", json=[reading])
    before = datetime.now(UTC).isoformat()
    await patch(client, "a-sales", name="Turnover", owner="jo", key=False)
    target = {"effective_from": "2014-01-01T00:00:00Z", "target": "2"}
    await client.send("PUT", "/v1/kpis/a-sales/targets", json=target)
    await client.post("/v1/readings", json=[{**reading, "value": "5"}])
    await client.define("d-later")
    assert await slugs(client, key=True) == []
    (then,) = (await client.get("/v1/kpis", params={"known_at": before, "key": True})).json()[
        "items"
    ]
    read = (await client.get("/v1/kpis/a-sales", params={"known_at": before})).json()
    assert then == read
    assert (then["name"], then["value"], then["version"], then["target"]) == ("Sales", "1", 1, None)
    assert await slugs(client, known_at=before) == ["c-rides", "a-sales", "b-margin"]
    assert await slugs(client, health="on_target") == ["a-sales"]
    assert await slugs(client, known_at=before, health="not_judged") == ["a-sales"]
    early = {"valid_at": "2014-06-01T00:00:00Z", "q": "sales"}
    (valid,) = (await client.get("/v1/kpis", params=early)).json()["items"]
    assert (valid["name"], valid["value"], valid["target"]) == ("Sales", None, "2")
