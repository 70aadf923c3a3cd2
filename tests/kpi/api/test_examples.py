"""The examples of the OpenAPI document are taken as they stand, and answered as they say."""

from typing import Any

import orjson
import pytest
from kpi_service.api.examples import analysis, breaches, definitions, readings, values

KPI = "/v1/kpis/taxi-demand"
FORECAST = f"{KPI}/forecast?period=day&within=month&target=15000"


def shape(document: Any) -> Any:
    """The names of its fields, all the way down; what may be null, or left empty, is let be."""
    if isinstance(document, dict):
        return {name: shape(value) for name, value in document.items()}
    return None


@pytest.fixture
async def defined(client):
    answer = await client.post("/v1/kpis", json=definitions.DEFINE)
    assert answer.status_code == 201, answer.text
    return client


async def test_a_definition_and_its_policy(defined):
    answer = await defined.send("PUT", f"{KPI}/threshold-policy", json=definitions.POLICY)
    assert answer.status_code == 200, answer.text
    assert answer.json() | {"id": ""} == definitions.KPI | {"id": ""}


async def test_readings_in_three_formats(defined):
    answer = await defined.post("/v1/readings", json=readings.ARRAY)
    assert answer.json() == readings.TAKEN_IN
    for content_type, body in (
        ("application/x-ndjson", readings.LINES),
        ("text/csv", readings.CSV),
    ):
        headers = {"Content-Type": content_type}
        answer = await defined.post("/v1/readings", content=body, headers=headers)
        assert (answer.json()["accepted"], answer.json()["rejected"]) == (2, [])


async def test_what_became_of_readings_line_by_line(defined):
    headers = {"Accept": "application/x-ndjson"}
    answer = await defined.post("/v1/readings", json=readings.ARRAY, headers=headers)
    told = [orjson.loads(line) for line in answer.text.splitlines()]
    said = [orjson.loads(line) for line in readings.ANSWER_LINES.splitlines()]
    assert [one | {"seq": 0} for one in told] == [one | {"seq": 0} for one in said]


async def test_a_breach_and_a_chart(defined):
    await defined.send("PUT", f"{KPI}/threshold-policy", json=definitions.POLICY)
    night = [4656, 3820, 2873, 2369, 2064, 2221, 2158, 2515, 4364]
    rows = [10844, 8127, 6210, *night, *[6526] * 36]
    await defined.post("/v1/readings", json=[reading(*one) for one in enumerate(rows)])
    (listed,) = (await defined.get(f"{KPI}/breaches")).json()["items"]
    own = {"id": "", "kpi_id": "", "announced_at": ""}
    assert listed | own == breaches.BREACH | own
    shown = (await defined.get(f"/v1/breaches/{listed['id']}")).json()
    assert shown | own == breaches.STORY | own
    window = {"bucket": "PT1H", "to": "2014-07-01T02:00:00Z"}
    chart = (await defined.get(f"{KPI}/chart", params=window)).json()
    assert chart | own == values.CHART | own
    tried = await defined.post(f"{KPI}/backtests", json=analysis.BACKTEST)
    assert tried.json() == analysis.BACKTESTED


async def test_a_forecast(defined):
    days = [
        {
            "kpi": "taxi-demand",
            "observed_at": f"2014-{month:02d}-{day:02d}T00:00:00Z",
            "value": day % 7,
        }
        for month in (7, 8)
        for day in range(1, 32)
    ]
    await defined.post("/v1/readings", json=days)
    told = (await defined.get(f"{FORECAST}&valid_at=2014-09-01T06:00:00Z")).json()
    assert shape(told) == shape(analysis.FORECAST)
    for part in ("seasons", "steps", "outcomes"):
        assert shape(told[part][0]) == shape(analysis.FORECAST[part][0])


async def test_a_formula(client):
    for slug in ("deals-won", "leads", "lead-conversion"):
        await client.define(slug, aggregation="sum")
    answer = await client.send("PUT", "/v1/kpis/lead-conversion/formula", json=definitions.FORMULA)
    assert answer.status_code == 200, answer.text
    assert shape(answer.json()) == shape(definitions.FORMULAS)


def reading(place: int, value: int) -> dict[str, Any]:
    hour, half = divmod(place, 2)
    moment = f"2014-07-01T{hour:02d}:{30 * half:02d}:00Z"
    return {"kpi": "taxi-demand", "observed_at": moment, "value": value, "source": "feed-1"}
