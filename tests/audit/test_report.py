import random
from hashlib import sha256
from typing import Any

import orjson
import pytest
import rfc8785

from tests.audit.house import House, at
from tests.audit.quarter import Quarter


@pytest.fixture
async def quarter(whole_house: House) -> Quarter:
    quarter = Quarter(whole_house)
    await quarter.play()
    await whole_house.journal()
    return quarter


async def report(quarter: Quarter, **query: str) -> dict[str, Any]:
    path = f"/v1/cycles/{quarter.cycle}/report"
    answer = await quarter.house.client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return orjson.loads(answer.content)


async def valid(quarter: Quarter, day: float) -> dict[str, Any]:
    return await report(quarter, valid_at=at(day).isoformat())


async def test_a_report_shows_the_cycle_as_the_events_left_it(quarter: Quarter):
    shown = await report(quarter)
    assert shown["cycle"]["name"] == "FY26-Q1"
    assert shown["cycle"]["state"]["value"] == "active"
    (objective,) = shown["objectives"]
    assert objective["state"]["value"] == "active"
    assert objective["roll_up"]["roll_up"] == "0.500000"
    assert objective["risks"] == []
    (key_result,) = objective["key_results"]
    assert key_result["measured"]["progress"] == "0.5"
    assert key_result["measured"]["status_rule"] == "computed"
    assert key_result["measured"]["event"] == "okr/8"
    (kpi,) = shown["kpis"]
    assert kpi["value"]["value"] == "15000"
    assert kpi["open_breaches"] == []


async def test_a_report_is_of_the_day_it_is_asked_for(quarter: Quarter):
    before = await valid(quarter, 15)
    assert before["objectives"][0]["key_results"][0]["measured"]["progress"] == "0.2"
    assert before["kpis"][0]["open_breaches"] == []
    during = await valid(quarter, 25)
    assert during["objectives"][0]["risks"][0]["breach_id"] == str(quarter.breach)
    assert during["kpis"][0]["open_breaches"][0]["severity"] == "critical"
    draft = await valid(quarter, 0.5)
    assert draft["objectives"][0]["state"]["value"] == "draft"
    assert draft["objectives"][0]["key_results"] == []
    assert draft["kpis"] == []


async def test_what_was_learned_later_is_not_in_an_earlier_view(quarter: Quarter):
    moment = (await quarter.house.stores["okr"].read_log(0, 100))[-1].recorded_at
    before = await report(quarter, valid_at=at(35).isoformat(), known_at=moment.isoformat())
    await quarter.update("0.9", day=32)
    await quarter.house.journal()
    known_then = await report(quarter, valid_at=at(35).isoformat(), known_at=moment.isoformat())
    known_now = await valid(quarter, 35)
    assert known_then == before
    assert known_then["objectives"][0]["key_results"][0]["measured"]["progress"] == "0.5"
    assert known_now["objectives"][0]["key_results"][0]["measured"]["progress"] == "0.9"


async def test_a_value_for_an_earlier_day_told_late_does_not_replace_a_later_one(
    quarter: Quarter,
):
    await quarter.update("0.3", day=20)
    await quarter.house.journal()
    now, then = await report(quarter), await valid(quarter, 22)
    assert now["objectives"][0]["key_results"][0]["measured"]["progress"] == "0.5"
    assert then["objectives"][0]["key_results"][0]["measured"]["progress"] == "0.3"


async def test_the_same_two_moments_give_the_same_bytes_with_their_digest(quarter: Quarter):
    path = f"/v1/cycles/{quarter.cycle}/report"
    query = {"valid_at": at(25).isoformat(), "known_at": "2090-01-01T00:00:00Z"}
    first = await quarter.house.client.get(path, params=query)
    second = await quarter.house.client.get(path, params=query)
    assert first.content == second.content
    document = orjson.loads(first.content)
    digest = document.pop("digest")
    assert sha256(rfc8785.dumps(document)).hexdigest() == digest


@pytest.mark.parametrize("seed", range(3))
async def test_the_order_in_which_the_logs_are_heard_does_not_matter(quarter: Quarter, seed: int):
    from audit_service.domain.report.fold import fold
    from audit_service.domain.report.render import render
    from audit_service.domain.report.state import CycleReport

    streams: dict[tuple[str, str], list[Any]] = {}
    for source in ("okr", "kpi", "alignment"):
        quarter.house.journaled[source] = 0
        for event in await quarter.house.unheard(source):
            streams.setdefault((source, event.record.stream), []).append(event)
    order = random.Random(seed)
    shuffled, plain = CycleReport(), CycleReport()
    for event in [event for stream in streams.values() for event in stream]:
        plain = fold(plain, event, quarter.cycle)
    while streams:
        key = order.choice(sorted(streams))
        shuffled = fold(shuffled, streams[key].pop(0), quarter.cycle)
        if not streams[key]:
            del streams[key]
    moments = {"valid_at": at(50), "known_at": at(50)}
    assert render(shuffled, quarter.cycle, **moments) == render(plain, quarter.cycle, **moments)


@pytest.mark.parametrize("moment", ["yesterday", "2026-01-01", "2026-01-01T00:00:00"])
async def test_a_moment_without_offset_is_refused(quarter: Quarter, moment: str):
    path = f"/v1/cycles/{quarter.cycle}/report"
    answer = await quarter.house.client.get(path, params={"known_at": moment})
    assert answer.status_code == 422
    ends = {"known_at": "0001-01-01T00:00:00Z", "valid_at": "9999-12-31T23:59:59.999999Z"}
    assert (await quarter.house.client.get(path, params=ends)).status_code == 200


async def test_a_report_shows_definitions_as_they_were_on_its_day(quarter: Quarter):
    await quarter.revise(target="30000", title="Carry more people further", day=40)
    await quarter.house.journal()
    for day, title, target in (
        (35, "Carry more people", "20000"),
        (45, "Carry more people further", "30000"),
    ):
        (objective,) = (await valid(quarter, day))["objectives"]
        assert (objective["title"], objective["key_results"][0]["target"]) == (title, target)


async def test_a_report_names_what_was_written_after_the_close(quarter: Quarter):
    assert (await report(quarter))["late_corrections"] == []
    await quarter.grade_late("0.7", day=60)
    await quarter.house.journal()
    shown = await report(quarter)
    graded = shown["objectives"][0]["key_results"][0]["graded"]
    assert (graded["grade"], graded["suggested"]) == ("0.7", "0.5")
    assert shown["late_corrections"] == [graded["event"]]


async def test_a_reopened_cycle_is_in_review_again(quarter: Quarter):
    await quarter.reopen(day=70)
    await quarter.house.journal()
    assert (await report(quarter))["cycle"]["state"]["value"] == "review"


async def test_a_report_tells_a_breach_as_late_readings_revised_it(quarter: Quarter):
    told = (await valid(quarter, 21))["kpis"][0]["open_breaches"]
    assert len(told) == 1
    await quarter.revise_breach(since=22, opened=21, ended=60)
    await quarter.house.journal()
    assert (await valid(quarter, 21))["kpis"][0]["open_breaches"] == told
    for day, expected in ((25, 1), (55, 1), (61, 0)):
        breaches = (await valid(quarter, day))["kpis"][0]["open_breaches"]
        assert len(breaches) == expected
    await quarter.revise_breach(since=20, opened=None)
    await quarter.house.journal()
    assert (await valid(quarter, 25))["kpis"][0]["open_breaches"] == []
