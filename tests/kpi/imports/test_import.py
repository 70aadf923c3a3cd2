"""A catalogue of KPIs comes in from a file, says what it understood, and again changes nothing."""

import asyncio
import csv
import os
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.kpi.api.conftest import Client, client, http

__all__ = ["client", "http"]  # the fixtures of the API's tests

CSV = {"Content-Type": "text/csv"}
HEADER = "department,name,org,is_key,target,health_level\n"
CATALOGUE = HEADER + (
    "people_department,Offer acceptance rate,People,True,At or above 95%,3\n"
    "people_department,Time to hire,People,False,at or below 50 days,2\n"
    "support_department,Tickets per month,Support,,Above 120 tickets per month,1\n"
    "support_department,Hires,Support,False,12%,0\n"
    "people_department,Hires,People,False,TBD,0\n"
    "people_department,Diversity,People,False,,0\n"
)


async def imported(client: Client, text: str, query: str = "") -> dict[str, Any]:
    answer = await client.post(f"/v1/imports{query}", content=text.encode(), headers=CSV)
    assert answer.status_code == 200, answer.text
    return answer.json()


def codes(answer: dict[str, Any]) -> dict[str, list[str]]:
    return {one["slug"]: [note["code"] for note in one["notes"]] for one in answer["rows"]}


async def test_a_kpi_of_which_nobody_said_which_way_is_good_is_in_the_tree(client):
    await imported(client, CATALOGUE)
    tree = await client.get("/v1/kpis/diversity/tree")
    assert tree.status_code == 200, tree.text
    assert [one["direction"] for one in tree.json()["items"]] == [None]


async def test_rows_become_kpis_and_say_what_was_understood_of_their_targets(client):
    answer = await imported(client, CATALOGUE)
    assert (answer["created"], answer["rejected"]) == (6, [])
    assert (answer["targets_understood"], answer["targets_not_understood"]) == (4, 1)
    assert answer["ignored_columns"] == ["health_level"]
    assert codes(answer) == {
        "offer-acceptance-rate": ["cadence-assumed"],
        "time-to-hire": ["cadence-assumed"],
        "tickets-per-month": ["cadence-assumed"],
        "hires-support-department": [
            "direction-not-told",
            "cadence-assumed",
            "target-has-no-side",
        ],
        "hires-people-department": [
            "unit-not-told",
            "direction-not-told",
            "cadence-assumed",
            "target-not-understood",
        ],
        "diversity": ["unit-not-told", "direction-not-told", "cadence-assumed"],
    }
    kpi = (await client.get("/v1/kpis/offer-acceptance-rate")).json()
    assert (kpi["unit"], kpi["direction"], kpi["owner"], kpi["org_unit"], kpi["key"]) == (
        "%",
        "up",
        "People",
        "people-department",
        True,
    )
    (target,) = (await client.get("/v1/kpis/tickets-per-month/targets")).json()["items"]
    assert (target["target"], target["inclusive"], target["period"], target["phrase"]) == (
        "120",
        False,
        "month",
        "Above 120 tickets per month",
    )


async def test_a_target_that_takes_no_side_judges_nothing(client):
    await imported(client, HEADER + "d,Hires,o,True,12%,\n")
    reading = {"kpi": "hires", "observed_at": "2026-01-01T00:00:00Z", "value": 15}
    await client.post("/v1/readings", json=[reading])
    kpi = (await client.get("/v1/kpis/hires")).json()
    assert (kpi["value"], kpi["target"], kpi["direction"], kpi["health"]) == (
        "15",
        "12",
        None,
        "not_judged",
    )


async def test_the_same_file_again_changes_nothing(client):
    await imported(client, CATALOGUE)
    again = await imported(client, CATALOGUE)
    assert (again["created"], again["revised"], again["unchanged"]) == (0, 0, 6)
    assert again["import_id"] is None


async def test_what_a_row_tells_differently_is_revised_and_what_it_leaves_out_stays(client):
    await imported(client, CATALOGUE)
    answer = await imported(
        client, "name,target,org\nTime to hire,at or below 45 days,\nOffer acceptance rate,TBD,Us\n"
    )
    assert answer["revised"] == 2
    assert codes(answer)["offer-acceptance-rate"] == [
        "target-not-understood",
        "target-before-stands",
    ]
    hired = (await client.get("/v1/kpis/time-to-hire")).json()
    offers = (await client.get("/v1/kpis/offer-acceptance-rate")).json()
    assert (hired["target"], hired["owner"]) == ("45", "People")
    assert (offers["target"], offers["owner"]) == ("95", "Us")


async def test_what_imports_did_is_listed_newest_first(client):
    first = await imported(client, CATALOGUE)
    changed = CATALOGUE.replace("People,False,,0", "Support,False,,0") + ",,,,,\n"
    second = await imported(client, changed)
    assert (await imported(client, CATALOGUE, "?dry_run=true"))["import_id"] is None
    listed = (await client.get("/v1/imports")).json()["items"]
    assert [one["id"] for one in listed] == [second["import_id"], first["import_id"]]
    newest, oldest = listed
    assert (oldest["rows"], oldest["created"], oldest["digest"]) == (
        6,
        6,
        sha256(CATALOGUE.encode()).hexdigest(),
    )
    told = [newest[name] for name in ("created", "revised", "unchanged", "rejected")]
    assert told == [0, 1, 5, len(second["rejected"])]
    assert (await client.get(f"/v1/imports/{first['import_id']}")).json() == oldest
    page = (await client.get("/v1/imports", params={"limit": 1})).json()
    rest = await client.get("/v1/imports", params={"cursor": page["next_cursor"]})
    assert page["items"] + rest.json()["items"] == listed
    unknown = await client.get(f"/v1/imports/{uuid4()}")
    assert unknown.status_code == 404
    assert unknown.json()["type"].endswith("/unknown-import")


async def test_a_dry_run_says_the_same_and_does_nothing(client):
    said = await imported(client, CATALOGUE, "?dry_run=true")
    assert (said["created"], said["import_id"]) == (6, None)
    assert (await client.get("/v1/kpis")).json()["items"] == []


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("d,,o,True,,", "name"),
        ("d,???,o,True,,", "slug"),
        ("d,A,o,perhaps,,", "is_key"),
        (f"d,{'x' * 501},o,True,,", "name"),
        ("d,Known,o,True,,", "name"),
    ],
)
async def test_a_row_that_cannot_be_taken_says_why_and_keeps_no_other_out(client, row, column):
    answer = await imported(client, f"{HEADER}d,Known,d,True,,\n{row}\n")
    assert answer["created"] == 1
    assert [(one["row"], one["column"]) for one in answer["rejected"]] == [(2, column)]


async def test_other_headings_are_mapped_and_types_checked(client):
    answer = await imported(
        client,
        "KPI,Goal,Way,Kind\nLatency,below 250 ms,down,operational\nCosts,,sideways,financial\n",
        "?map=KPI:name,Goal:target,Way:direction,Kind:type",
    )
    assert [one["slug"] for one in answer["rows"]] == ["latency"]
    assert [(one["row"], one["column"]) for one in answer["rejected"]] == [(2, "direction")]


@pytest.mark.parametrize(
    ("body", "query", "problem"),
    [
        (b"", "", "file-empty"),
        (b"\xff\xfe", "", "file-not-text"),
        (b"title\nx\n", "", "columns-missing"),
        (b"name\nx\n", "?map=nothing", "mapping-unreadable"),
    ],
)
async def test_a_file_that_cannot_be_read_says_why(client, body, query, problem):
    answer = await client.post(f"/v1/imports{query}", content=body, headers=CSV)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, problem)


async def test_a_bad_default_is_named_in_each_row_that_needed_it(client):
    answer = await imported(client, "name,cadence\nA,\nB,P1D\n", "?cadence=often")
    assert [(one["row"], "cadence" in one["reason"]) for one in answer["rejected"]] == [(1, True)]
    assert answer["created"] == 1


async def test_two_imports_at_once_define_each_kpi_once(client):
    answers = await asyncio.gather(imported(client, CATALOGUE), imported(client, CATALOGUE))
    assert sorted((one["created"], one["unchanged"]) for one in answers) == [(0, 6), (6, 0)]


@pytest.mark.skipif("HELMLOG_DATA" not in os.environ, reason="no recorded catalogue is at hand")
async def test_a_real_catalogue_comes_in_whole(client):
    path = Path(os.environ["HELMLOG_DATA"]) / "okr" / "gitlab-kpis.csv"
    text = path.read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    answer = await imported(client, text)
    assert (answer["created"], answer["rejected"]) == (len(rows), [])
    phrases = Counter(one["target"] for one in rows)
    told = {one["phrase"]: one for one in answer["rows"]}
    assert answer["targets_understood"] + answer["targets_not_understood"] == (
        len(rows) - phrases[""]
    )
    assert (
        told["at or below 50 days"]["target"].items()
        >= {
            "number": "50",
            "comparison": "at_or_below",
            "unit": "days",
            "direction": "down",
        }.items()
    )
    assert told["TBD"]["target"] is None
    again = await imported(client, text)
    assert (again["unchanged"], again["created"], again["revised"]) == (len(rows), 0, 0)
