"""What is wrong with a query is told of its parameters, and everywhere by the same rules."""

import httpx
import pytest

KPI = "/v1/kpis/taxi-demand"
REVERSED = {"from": "2014-07-02T00:00:00Z", "to": "2014-07-01T00:00:00Z"}
LONG_AGO = {"known_at": "2014-07-01T00:00:00Z"}
AHEAD = {"valid_at": "2024-07-01T00:00:00Z"}
STRETCHES = [
    f"{KPI}/readings",
    f"{KPI}/values?period=day",
    f"{KPI}/chart",
    f"{KPI}/breaches",
    f"{KPI}/threshold-suggestion",
    "/v1/breaches",
]


def with_query(path: str, asked: dict[str, str]) -> str:
    return str(httpx.URL(path).copy_merge_params(asked))


@pytest.mark.parametrize("path", STRETCHES)
async def test_what_ends_before_it_begins_is_refused_wherever_it_is_asked_for(client, path):
    await client.define()
    answer = await client.get(with_query(path, REVERSED))
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "https://helmlog.dev/problems/stretch-empty"
    (error,) = answer.json()["errors"]
    assert (error["in"], error["name"]) == ("query", "to")


async def test_in_a_body_it_is_the_field_that_is_told(client):
    await client.define()
    asked = {**REVERSED, "policy": {"rules": []}}
    answer = await client.post(f"{KPI}/backtests", json=asked)
    assert answer.json()["type"] == "https://helmlog.dev/problems/stretch-empty"
    assert [one["pointer"] for one in answer.json()["errors"]] == ["#/to"]


@pytest.mark.parametrize(
    ("path", "asked", "slug", "parameter"),
    [
        ("chart", {"bucket": "weekly"}, "duration-unreadable", "bucket"),
        ("chart", {"bucket": "PT1S"}, "chart-too-fine", "bucket"),
        ("values", {"period": "fiscal_year"}, "fiscal-calendar-missing", "period"),
        ("forecast", {"within": "fiscal_year"}, "fiscal-calendar-missing", "within"),
        ("forecast", {"period": "fiscal_month"}, "fiscal-calendar-missing", "period"),
        ("forecast", {"period": "week", "within": "hour"}, "periods-dont-tile", "within"),
        ("forecast", {"period": "hour", "within": "year"}, "horizon-too-far", "period"),
        ("forecast", {"until": "2024-06-01T00:00:00Z"}, "until-not-ahead", "until"),
        ("values", {"period": "day", "cursor": "nothing"}, "validation", "cursor"),
        ("values", {"period": "decade"}, "validation", "period"),
    ],
)
async def test_a_refused_query_names_the_parameter(client, path, asked, slug, parameter):
    await client.define()
    readings = [
        {"kpi": "taxi-demand", "observed_at": f"2014-07-0{day}T00:00:00Z", "value": "1"}
        for day in (1, 2)
    ]
    await client.post("/v1/readings", json=readings)
    at = AHEAD if path == "forecast" else {}
    answer = await client.get(f"{KPI}/{path}", params={**at, **asked})
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == f"https://helmlog.dev/problems/{slug}"
    (error,) = answer.json()["errors"]
    assert (error["in"], error["name"]) == ("query", parameter)


async def test_an_hour_is_named_with_its_article(client):
    await client.define()
    asked = {**AHEAD, "period": "week", "within": "hour"}
    told = (await client.get(f"{KPI}/forecast", params=asked)).json()["detail"]
    assert told == "an hour is not made of whole periods of a week"


@pytest.mark.parametrize(
    "path",
    [
        KPI,
        *(f"{KPI}/{part}" for part in ("readings", "breaches", "chart", "history", "tree")),
        *(f"{KPI}/{part}" for part in ("targets", "formula", "forecast", "values?period=day")),
        "/v1/breaches?kpi=taxi-demand",
        "/v1/kpis?parent=taxi-demand",
    ],
)
async def test_what_was_not_known_then_is_not_found(client, path):
    await client.define()
    assert (await client.get(path)).status_code == 200
    answer = await client.get(with_query(path, LONG_AGO))
    assert answer.status_code == 404, answer.text
    assert answer.json()["type"] == "https://helmlog.dev/problems/unknown-kpi"
