import asyncio

import pytest

from tests.kpi.api.test_definitions import problem


async def test_the_catalogue_is_read_by_department_and_words(client):
    found = (
        await client.get("/v1/catalogue", params={"department": "finance", "q": "margin"})
    ).json()
    (margin,) = found["items"]
    assert margin == (await client.get("/v1/catalogue/net-profit-margin")).json()
    assert margin["formula"]["expression"] == "profit / sales * 100"
    assert margin["formula"]["inputs"][0] == {"name": "profit", "template": "net-profit"}
    assert problem(await client.get("/v1/catalogue/horoscope")) == (404, "unknown-template")
    adopted = await client.post("/v1/catalogue/horoscope:adopt", json={})
    assert problem(adopted) == (404, "unknown-template")


async def test_a_template_becomes_a_kpi_of_ones_own(client):
    body = {"slug": "churn", "name": "Churn", "owner": "maria", "timezone": "Europe/Zurich"}
    answer = await client.post("/v1/catalogue/employee-turnover:adopt", json=body)
    adopted = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/kpis/{adopted['id']}")
    shown = (await client.get("/v1/kpis/churn")).json()
    assert shown | {"inputs": []} == adopted
    assert (shown["template"], shown["owner"], shown["unit"]) == ("employee-turnover", "maria", "%")
    assert (shown["formula"], shown["key"], shown["timezone"]) == (None, True, "Europe/Zurich")
    found = (await client.get("/v1/kpis", params={"template": "employee-turnover"})).json()["items"]
    assert [one["slug"] for one in found] == ["churn"]


async def test_a_template_is_adopted_with_all_it_is_made_of_in_one_write(client):
    own = await client.define("sales-revenue", unit="CHF", aggregation="sum")
    body = {"with_inputs": True, "currency": "CHF", "owner": "jo", "fiscal_calendar": "company"}
    body |= {"period": "fiscal_month", "effective_from": "2014-01-01T00:00:00Z"}
    adopted = (await client.post("/v1/catalogue/net-profit-margin:adopt", json=body)).json()
    used = {one["name"]: one for one in adopted["inputs"]}
    assert (used["sales"]["kpi_id"], used["sales"]["created"]) == (own["id"], False)
    assert (used["profit"]["slug"], used["profit"]["created"]) == ("net-profit", True)
    assert adopted["formula"]["expression"] == "profit / sales * 100"
    assert adopted["formula"]["period"] == "fiscal_month"
    profit = (await client.get("/v1/kpis/net-profit")).json()
    assert (profit["unit"], profit["owner"], profit["is_derived"]) == ("CHF", "jo", True)
    inputs = {one["name"]: one["kpi_id"] for one in profit["formula"]["inputs"]}
    assert inputs["sales"] == own["id"]
    listed = (await client.get("/v1/kpis", params={"derived": True, "sort": "slug"})).json()
    assert [one["slug"] for one in listed["items"]] == ["net-profit", "net-profit-margin"]


async def test_a_formula_takes_the_kpis_that_are_named_for_its_inputs(client):
    won = await client.define("deals")
    inputs = {"won": "deals"}
    path = "/v1/catalogue/lead-conversion-rate:adopt"
    missing = await client.post(path, json={"inputs": inputs})
    assert problem(missing) == (422, "input-not-there")
    wrong = await client.post(path, json={"inputs": {"deals": "deals"}})
    assert problem(wrong) == (422, "input-not-in-template")
    adopted = await client.post(path, json={"inputs": inputs, "with_inputs": True})
    assert [(one["slug"], one["created"]) for one in adopted.json()["inputs"]] == [
        ("deals", False),
        ("qualified-leads", True),
    ]
    assert adopted.json()["inputs"][0]["kpi_id"] == won["id"]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"slug": "sales-revenue", "with_inputs": True}, (409, "slug-taken")),
        ({"timezone": "Mars/Olympus"}, (422, "unknown-timezone")),
        ({"with_inputs": True, "period": "fiscal_year"}, (422, "fiscal-calendar-needed")),
        ({"with_inputs": True, "inputs": {"sales": "x\u0301"}}, (422, "input-not-there")),
    ],
)
async def test_an_adoption_that_cannot_be_leaves_nothing(client, body, refusal):
    answer = await client.post("/v1/catalogue/sales-growth:adopt", json=body)
    assert problem(answer) == refusal
    assert (await client.get("/v1/kpis")).json()["items"] == []


async def test_what_two_adoptions_need_at_once_is_made_once(client):
    answers = await asyncio.gather(
        *(
            client.post(f"/v1/catalogue/{slug}:adopt", json={"with_inputs": True})
            for slug in ("sales-growth", "market-share", "net-profit", "sales-per-employee")
        )
    )
    assert [one.status_code for one in answers] == [201] * 4, [one.text for one in answers]
    ids = {
        used["kpi_id"]
        for one in answers
        for used in one.json()["inputs"]
        if used["slug"] == "sales-revenue"
    }
    assert len(ids) == 1
