from datetime import UTC, datetime

import pytest

VALUES = "/v1/kpis/taxi-demand/values"
CHART = "/v1/kpis/taxi-demand/chart"


def reading(moment: str, value, **fields):
    return {"kpi": "taxi-demand", "observed_at": moment, "value": str(value), **fields}


async def values(client, **asked):
    answer = await client.get(VALUES, params={"period": "day", **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_period_tells_its_value_and_what_it_is_made_of(client):
    await client.define(aggregation="sum", timezone="Asia/Kathmandu")
    sent = [
        reading("2014-07-01T18:14:59Z", "1.50"),
        reading("2014-07-01T18:15:00Z", 2),
        reading("2014-07-02T18:14:00Z", 5),
        reading("2014-07-05T00:00:00Z", 7),
    ]
    await client.post("/v1/readings", json=sent)
    first, second, third = await values(client)
    assert (first["value"], first["ends_at"]) == ("1.50", "2014-07-01T18:15:00.000000Z")
    assert second == {
        "starts_at": "2014-07-01T18:15:00.000000Z",
        "ends_at": "2014-07-02T18:15:00.000000Z",
        "complete": True,
        "value": "7",
        "reason": None,
        "readings": 2,
        "first_observed_at": "2014-07-01T18:15:00.000000Z",
        "last_observed_at": "2014-07-02T18:14:00.000000Z",
        "min": "2",
        "max": "5",
        "mean": "3.5",
        "target": None,
        "target_upper": None,
        "target_reached": None,
        "achievement": None,
        "budget": None,
        "budget_kept": None,
        "budget_used": None,
    }
    assert third["starts_at"] == "2014-07-04T18:15:00.000000Z"


async def test_periods_are_whole_and_come_in_pages(client):
    await client.define(aggregation="count")
    days = (1, 2, 9, 20)
    sent = [reading(f"2014-07-{day:02d}T06:00:00Z", day) for day in days]
    await client.post("/v1/readings", json=sent)
    window = {"from": "2014-07-02T07:00:00Z", "to": "2014-07-20T00:00:01Z"}
    assert [one["starts_at"][8:10] for one in await values(client, **window)] == ["02", "09", "20"]
    answer = (await client.get(VALUES, params={"period": "hour", "limit": 1, **window})).json()
    assert [one["starts_at"][8:13] for one in answer["items"]] == ["09T06"]
    assert answer["next_cursor"] is None
    seen, asked = [], {"period": "day", "limit": 3}
    while asked is not None:
        page = (await client.get(VALUES, params=asked)).json()
        seen += [one["starts_at"][8:10] for one in page["items"]]
        asked = page["next_cursor"] and {**asked, "cursor": page["next_cursor"]}
    assert seen == ["01", "02", "09", "20"]


async def test_late_and_corrected_readings_are_in_their_period_from_when_they_are_known(client):
    await client.define(aggregation="sum")
    await client.post("/v1/readings", json=[reading("2014-07-01T00:00:00Z", 1)])
    await client.post("/v1/readings", json=[reading("2014-07-02T00:00:00Z", 9)])
    before = datetime.now(UTC).isoformat()
    sent = [reading("2014-07-01T00:00:00Z", 2), reading("2014-07-01T12:00:00Z", 5)]
    await client.post("/v1/readings", json=sent)
    assert [one["value"] for one in await values(client)] == ["7", "9"]
    assert [one["value"] for one in await values(client, known_at=before)] == ["1", "9"]
    (then,) = await values(client, valid_at="2014-07-01T11:00:00Z")
    assert (then["value"], then["complete"]) == ("2", False)
    (ended,) = await values(client, valid_at="2014-07-01T12:00:00Z", to="2014-07-01T12:00:00Z")
    assert ended["value"] == "7"


async def test_a_sum_may_have_more_digits_than_a_reading(client):
    await client.define(aggregation="sum")
    most = "99999999999999999999.99999999999999999999"
    sent = [reading(f"2014-07-01T0{hour}:00:00Z", most) for hour in range(3)]
    await client.post("/v1/readings", json=sent)
    (day,) = await values(client)
    assert day["value"] == "299999999999999999999.99999999999999999997"
    assert day["mean"] == most


async def test_a_chart_brings_what_was_observed_down_to_as_many_points_as_are_asked_for(client):
    await client.define()
    sent = [
        reading(f"2014-07-01T{hour:02d}:{minute:02d}:00Z", 60 * hour + minute)
        for hour in range(10)
        for minute in range(0, 60, 10)
    ]
    await client.post("/v1/readings", json=sent)
    chart = (await client.get(CHART, params={"points": 10})).json()
    assert (chart["bucket"], len(chart["items"])) == ("PT1H", 10)
    assert chart["items"][1] == {
        "starts_at": "2014-07-01T01:00:00.000000Z",
        "readings": 6,
        "first": "60",
        "last": "110",
        "min": "60",
        "max": "110",
        "mean": "85",
    }
    window = {"from": "2014-07-01T01:10:00Z", "to": "2014-07-01T02:00:00Z", "bucket": "P1D"}
    chart = (await client.get(CHART, params=window)).json()
    (whole,) = chart["items"]
    assert (chart["bucket"], whole["readings"], whole["first"]) == ("P1D", 5, "70")
    then = {"valid_at": "2014-07-01T00:20:00Z"}
    assert (await client.get(CHART, params=then)).json()["items"][-1]["last"] == "20"
    then = {"known_at": "2020-01-01T00:00:00Z"}
    assert (await client.get(CHART, params=then)).status_code == 404


async def test_a_chart_of_nothing_is_empty(client):
    await client.define()
    assert (await client.get(CHART)).json()["items"] == []
    assert (await client.get(CHART, params={"bucket": "PT5M"})).json()["bucket"] == "PT5M"
    assert await values(client) == []


@pytest.mark.parametrize("path", [VALUES, CHART])
@pytest.mark.parametrize("zone", ["UTC", "America/Adak", "Pacific/Kiritimati"])
async def test_the_ends_of_the_calendar_are_answered_or_refused(client, path, zone):
    await client.define(timezone=zone)
    await client.post("/v1/readings", json=[reading("2014-07-01T00:00:00Z", 1)])
    first, last = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"
    for window in (
        {"from": first, "to": last},
        {"to": first},
        {"from": last},
        {"valid_at": first},
        {"valid_at": last},
        {"from": first, "valid_at": last},
    ):
        answer = await client.get(path, params={"period": "year", **window})
        assert answer.status_code in (200, 422), (window, answer.text)
        if answer.status_code == 422:
            assert answer.json()["type"].endswith("calendar-exceeded")


@pytest.mark.parametrize(
    ("asked", "slug"),
    [
        ({"bucket": "PT1S"}, "chart-too-fine"),
        ({"bucket": "P1M"}, "duration-unreadable"),
        ({"bucket": "PT0S"}, "duration-unreadable"),
        ({"points": "5001"}, "validation"),
        ({"points": "1"}, "validation"),
    ],
)
async def test_a_chart_that_nobody_could_draw_is_refused(client, asked, slug):
    await client.define()
    sent = [reading("2014-07-01T00:00:00Z", 1), reading("2014-07-02T00:00:00Z", 1)]
    await client.post("/v1/readings", json=sent)
    answer = await client.get(CHART, params=asked)
    assert answer.status_code == 422
    assert answer.json()["type"].rpartition("/")[2] == slug


async def test_a_period_tells_what_is_reached_of_its_target_and_spent_of_its_budget(client):
    await client.define(aggregation="sum", direction="down")
    for purpose, figure in (("target", "40"), ("budget", "100")):
        body = {"effective_from": "2014-07-02T00:00:00Z", "target": figure, "period": "day"}
        path = "/v1/kpis/taxi-demand/targets"
        answer = await client.send("PUT", path, json=body | {"purpose": purpose})
        assert answer.status_code == 200, answer.text
    days = [(1, 50), (2, 50), (3, 125)]
    sent = [reading(f"2014-07-0{day}T12:00:00Z", value) for day, value in days]
    await client.post("/v1/readings", json=sent)
    names = ("target", "target_reached", "achievement", "budget", "budget_kept", "budget_used")
    assert [tuple(one[name] for name in names) for one in await values(client)] == [
        (None,) * 6,
        ("40", False, "0.800000", "100", True, "0.500000"),
        ("40", False, "0.320000", "100", False, "1.250000"),
    ]
