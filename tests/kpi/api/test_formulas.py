import asyncio
from datetime import UTC, datetime

import pytest
from helmlog_events.pipeline.rebuild import Rebuild
from helmlog_events.store.postgres.connections import create_engine
from kpi_service.readmodel.formula_inputs import FormulaInputs
from kpi_service.readmodel.projections import SOURCE

from tests.kpi.api.deriving import Deriving, at

BODY = {
    "effective_from": "2014-01-01T00:00:00Z",
    "expression": "won / leads",
    "inputs": {"won": "won", "leads": "leads"},
    "period": "day",
}


@pytest.fixture
async def deriving(client, database):
    async with Deriving.open(client, database.app) as deriving:
        yield deriving


async def put(client, slug="rate", **changes):
    return await client.send("PUT", f"/v1/kpis/{slug}/formula", json=BODY | changes)


async def test_a_formula_has_a_history_in_both_times(deriving):
    await deriving.define("won", "leads", "rate")
    client = deriving.client
    assert (await client.get("/v1/kpis/rate/formula")).json()["formula"] is None
    first = await put(client)
    assert first.status_code == 200, first.text
    # A ratio of deals, where the KPI counts deals.
    assert first.json()["warnings"] == ["the formula gives ratio, while the KPI is in deals"]
    assert first.headers["ETag"] == '"2"'
    known = datetime.now(UTC).isoformat()
    later = {"effective_from": "2014-09-01T00:00:00Z", "expression": "leads / won"}
    assert (await put(client, **later)).json()["version"] == 3
    assert (await put(client, **later)).json()["version"] == 3
    now = (await client.get("/v1/kpis/rate/formula")).json()
    assert now["formula"]["expression"] == "leads / won"
    assert [one["period"] for one in now["formulas"]] == ["day", "day"]
    then = await client.get("/v1/kpis/rate/formula", params={"valid_at": "2014-08-01T00:00:00Z"})
    assert then.json()["formula"]["expression"] == "won / leads"
    believed = await client.get("/v1/kpis/rate/formula", params={"known_at": known})
    assert [one["expression"] for one in believed.json()["formulas"]] == ["won / leads"]
    stale = await client.send(
        "PUT", "/v1/kpis/rate/formula", json=BODY, headers={"If-Match": '"1"'}
    )
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("changes", "status", "slug", "pointer"),
    [
        ({"expression": "won /"}, 422, "formula-unreadable", "#/expression"),
        ({"expression": "won / lost"}, 422, "inputs-missing", "#/inputs"),
        ({"expression": "won"}, 422, "inputs-unused", "#/inputs"),
        ({"inputs": {"won": "won", "leads": "nothing"}}, 422, "unknown-input", "#/inputs/leads"),
        (
            {"inputs": {"won": "won", "leads": "01970000-0000-7000-8000-000000000009"}},
            422,
            "unknown-input",
            "#/inputs/leads",
        ),
        ({"inputs": {"won": "won", "a/b": "leads"}}, 422, "input-name-unusable", "#/inputs/a~1b"),
        ({"inputs": {"won": "won", "leads": "rate"}}, 422, "formula-circular", "#/inputs"),
        ({"period": "fiscal_year"}, 422, "fiscal-calendar-needed", "#/period"),
        ({"period": "hour", "inputs": {"won": "won", "leads": "daily"}}, 422,
         "formula-period-too-fine", "#/period"),
        ({"expression": "won + leads", "inputs": {"won": "won", "leads": "money"}}, 422,
         "units-unlike", "#/expression"),
    ],
)  # fmt: skip
async def test_what_makes_no_formula_is_refused_with_its_rule(
    deriving, changes, status, slug, pointer
):
    await deriving.define("won", "leads", "rate")
    await deriving.client.define("daily", unit="deals", cadence="P1D")
    await deriving.define("money", unit="EUR")
    response = await put(deriving.client, **changes)
    assert response.status_code == status, response.text
    assert response.json()["type"].endswith(f"/{slug}")
    assert response.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "changes",
    [
        {"expression": "9" * 400},
        {"expression": "(" * 1000},
        {"expression": "a" * 1001},
        {"expression": "won / leads\x00"},
        {"expression": None},
        {"inputs": {}},
        {"inputs": {"won": "won", "leads": "w\x00"}},
        {"inputs": {"won": "won", "leads": ""}},
        {"inputs": {f"x{place}": "won" for place in range(21)}},
        {"period": "century"},
        {"effective_from": "0000-01-01T00:00:00Z"},
        {"effective_from": "10000-01-01T00:00:00Z"},
        {"effective_from": 5},
    ],
)
async def test_what_no_request_should_hold_is_no_fault_of_the_service(deriving, changes):
    await deriving.define("won", "leads", "rate")
    assert (await put(deriving.client, **changes)).status_code in {400, 422}


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_a_formula_may_hold_from_any_time_on(deriving, since):
    await deriving.define("won", "leads", "rate", unit="count")
    expression = "won / leads - default(previous(won), 0)"
    assert (await put(deriving.client, effective_from=since, expression=expression)).is_success
    await deriving.read("won", {0: 1, 1: 2})
    await deriving.read("leads", {0: 1, 1: 2})
    await deriving.settle()
    assert len(await deriving.values("rate")) == (2 if since.startswith("0001") else 0)
    for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", at(0).isoformat()):
        response = await deriving.client.get(f"/v1/kpis/rate/values/{moment}/lineage")
        assert response.status_code in {200, 404, 422}, response.text
    assert (await deriving.client.get("/v1/kpis/rate/values/noon/lineage")).status_code == 422


async def test_of_formulas_that_together_make_a_circle_one_stands(deriving):
    client = deriving.client
    for place in range(5):
        one, other, between = (f"{name}-{place}" for name in ("one", "other", "between"))
        await deriving.define(one, other, between)
        await put(client, between, expression="x", inputs={"x": other})
        set_at_once = await asyncio.gather(
            put(client, one, expression="x", inputs={"x": between}),
            put(client, other, expression="x", inputs={"x": one}),
        )
        statuses = sorted(response.status_code for response in set_at_once)
        assert statuses == [200, 422]
        (refused,) = (one for one in set_at_once if one.status_code == 422)
        assert refused.json()["type"].endswith("/formula-circular")


async def test_a_derived_kpi_is_not_read_from_upstream(deriving):
    await deriving.define("won", "leads", "rate")
    await deriving.read("rate", {-300: 5})
    await put(deriving.client)
    answer = await deriving.read("rate", {0: 5, -300: 6})
    assert (answer["accepted"], answer["corrected"]) == (0, 1)
    (rejected,) = answer["rejected"]
    assert rejected["row"] == 1
    assert "its formula makes its values" in rejected["reason"]
    for slug in ("rate", "won"):
        answer = await deriving.read(slug, {0: 5}, source="formula")
        assert "stands for what formulas come to" in answer["rejected"][0]["reason"]


async def test_which_kpis_are_made_of_which_equals_a_rebuild(deriving, database):
    await deriving.define("won", "leads", "rate")
    await put(deriving.client)
    await put(deriving.client, expression="won * 2", inputs={"won": "won"})
    await put(deriving.client, effective_from="2015-01-01T00:00:00Z")
    await deriving.settle()
    owner = create_engine(database.owner)
    report = await Rebuild(owner, SOURCE, FormulaInputs()).run()
    await owner.dispose()
    assert report.equal, report.tables[0].samples
    assert report.tables[0].rows >= 3


async def test_a_value_is_told_with_all_that_it_is_made_of(deriving):
    client = deriving.client
    await deriving.define("won", "leads", "rate", "double", unit="count")
    await deriving.formula("rate", "100 * won / leads", "won", "leads")
    await deriving.formula("double", "2 * rate", "rate", period="week")
    await deriving.read("won", {0: 1, 1: 3})
    await deriving.read("leads", {0: 4, 1: 8})
    await deriving.settle()
    known = datetime.now(UTC).isoformat()
    await deriving.read("won", {1: 4})
    await deriving.settle()
    told = (await client.get(f"/v1/kpis/double/values/{at(1).isoformat()}/lineage")).json()
    assert (told["slug"], told["value"], told["provisional"]) == ("double", "100", False)
    assert told["recorded"]["value"] == "100"
    assert told["recorded"]["revision"] == 2
    assert [one["expression"] for one in told["steps"]] == ["rate", "2 * rate"]
    (rate,) = told["inputs"]
    assert (rate["slug"], rate["value"], rate["readings"], rate["last_revision"]) == (
        "rate",
        "50",
        2,
        2,
    )
    days = rate["made_of"]
    assert [one["value"] for one in days] == [None, "25", "50", None, None, None, None]
    assert days[0]["starts_at"] == "2014-06-30T00:00:00.000000Z"
    (won, leads) = days[2]["inputs"]
    assert (won["value"], won["last_revision"], leads["value"]) == ("4", 2, "8")
    before = await client.get(
        f"/v1/kpis/double/values/{at(1).isoformat()}/lineage", params={"known_at": known}
    )
    assert before.json()["value"] == before.json()["recorded"]["value"] == "75"
    missing = (await client.get(f"/v1/kpis/rate/values/{at(9).isoformat()}/lineage")).json()
    assert (missing["value"], missing["reason"], missing["recorded"]) == (
        None,
        "won has no value",
        None,
    )
    none = await client.get("/v1/kpis/won/values/2014-07-02T00:00:00Z/lineage")
    assert none.status_code == 404
