"""From a reading to a breach, a moved key result, a roll-up, a risk, and the proof of it all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import orjson
import pytest
from helmlog_events.kafka.producer import producing
from helmlog_events.testing.probes import eventually

from tests.support.stack import LocalStack

READINGS_TOPIC = "helmlog.kpi.readings.v1"
DAY = "2019-12-01T{:02d}:00:00Z"


@dataclass(frozen=True)
class Api:
    """The four services, as one admin of one tenant."""

    stack: LocalStack
    http: httpx.AsyncClient
    tenant: str

    async def send(
        self, service: str, path: str, body: Any, *, method: str = "POST", expect: int = 201
    ) -> Any:
        answer = await self.http.request(method, self.stack.url(service) + path, json=body)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def get(self, service: str, path: str, **parameters: str) -> Any:
        answer = await self.http.get(self.stack.url(service) + path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass(frozen=True)
class Quarter:
    cycle: str
    kpi: str
    slug: str
    company_objective: str
    team_objective: str
    leads: str
    """A key result that is checked in by hand."""
    demand: str
    """A key result bound to the KPI."""


@pytest.fixture
async def api(stack: LocalStack) -> AsyncIterator[Api]:
    tenant = f"e2e-{uuid4().hex[:8]}"
    headers = {"Authorization": f"Bearer {stack.token('admin', tenant)}"}
    async with httpx.AsyncClient(headers=headers, timeout=30, trust_env=False) as http:
        yield Api(stack, http, tenant)


@pytest.fixture
async def quarter(api: Api) -> Quarter:
    """A cycle under way, two objectives that hang together, a KPI under watch."""
    cycle = await api.send(
        "okr",
        "/v1/cycles",
        {
            "name": "FY20-Q4",
            "kind": "quarter",
            "starts_on": "2019-11-01",
            "ends_on": "2020-01-31",
            "timezone": "UTC",
        },
    )
    await api.send("okr", f"/v1/cycles/{cycle['id']}:activate", {}, expect=200)
    slug = "taxi-demand"
    kpi = await api.send(
        "kpi",
        "/v1/kpis",
        {
            "slug": slug,
            "name": "Taxi demand",
            "unit": "passengers",
            "direction": "up",
            "type": "operational",
            "level": "company",
            "cadence": "PT30M",
            "aggregation": "last",
            "timezone": "UTC",
        },
    )
    rule = {"severity": "critical", "when": "below", "value": "5000", "recover": "6000"}
    policy = {
        "effective_from": "2019-01-01T00:00:00Z",
        "evaluate": "reading",
        "rules": [{**rule, "for_readings": 3}],
    }
    await api.send(
        "kpi", f"/v1/kpis/{kpi['id']}/threshold-policy", policy, method="PUT", expect=200
    )
    company = await _objective(api, cycle["id"], "Be the city's first choice", "company")
    team = await _objective(api, cycle["id"], "Fill the cars", "team")
    leads = await _key_result(api, company, "Leads", "22", "35", None)
    demand = await _key_result(api, team, "Passengers", "5000", "15000", kpi["id"])
    await api.send(
        "alignment",
        "/v1/links",
        {
            "kind": "contributes",
            "from": {"type": "objective", "id": team},
            "to": {"type": "objective", "id": company},
            "weight": 1,
        },
    )
    return Quarter(cycle["id"], kpi["id"], slug, company, team, leads, demand)


async def _objective(api: Api, cycle: str, title: str, level: str) -> str:
    body = {"cycle_id": cycle, "title": title, "why": "growth", "kind": "aspirational"}
    drafted = await api.send("okr", "/v1/objectives", {**body, "level": level, "team": "fleet"})
    for step in ("propose", "accept"):
        await api.send("okr", f"/v1/objectives/{drafted['id']}:{step}", {}, expect=200)
    return str(drafted["id"])


async def _key_result(
    api: Api, objective: str, title: str, baseline: str, target: str, kpi: str | None
) -> str:
    body = {"title": title, "metric": "increase", "baseline": baseline, "target": target}
    path = f"/v1/objectives/{objective}/key-results"
    added = await api.send("okr", path, {**body, "unit": "1", "weight": 1, "kpi_id": kpi})
    return str(added["id"])


def reading(quarter: Quarter, hour: int, value: str) -> dict[str, str]:
    return {
        "kpi": quarter.slug,
        "observed_at": DAY.format(hour),
        "value": value,
        "source": "feed-1",
    }


async def produce(api: Api, quarter: Quarter, *messages: Any) -> None:
    """Keyed by KPI, as upstream systems should: one partition, so in order."""
    async with producing(api.stack.bootstrap) as producer:
        for message in messages:
            value = message if isinstance(message, bytes) else orjson.dumps(message)
            await producer.send_and_wait(
                READINGS_TOPIC,
                value,
                key=quarter.slug.encode(),
                headers=[("tenantid", api.tenant.encode())],
            )


async def test_a_check_in_moves_a_key_result_and_the_roll_up_above_it(api: Api, quarter: Quarter):
    path = f"/v1/key-results/{quarter.leads}/check-ins"
    await api.send("okr", path, {"value": "27", "confidence": 7, "narrative": "two fairs"})
    shown = await api.get("okr", f"/v1/key-results/{quarter.leads}")
    assert (shown["value"], shown["progress"]) == ("27", "0.384615")

    async def roll_up() -> Any:
        node = await api.get("alignment", f"/v1/nodes/{quarter.company_objective}/roll-up")
        return node["roll_up"]

    await eventually(roll_up, until=lambda value: value == "0.384615")


async def test_readings_on_kafka_move_the_bound_key_result_and_open_one_breach(
    api: Api, quarter: Quarter
):
    values = ["10844", "9000", "4000", "4100", "4200", "4300"]
    await produce(
        api, quarter, *(reading(quarter, hour, value) for hour, value in enumerate(values))
    )

    async def moved() -> Any:
        return (await api.get("okr", f"/v1/key-results/{quarter.demand}"))["value"]

    await eventually(moved, until=lambda value: value == "4300")

    async def breaches() -> Any:
        return (await api.get("kpi", f"/v1/kpis/{quarter.kpi}/breaches"))["items"]

    [breach] = await eventually(breaches)
    assert breach["severity"] == "critical"
    assert breach["opened_at"] == "2019-12-01T02:00:00.000000Z"
    assert breach["recovered_at"] is None

    async def at_risk() -> Any:
        graph = await api.get("alignment", f"/v1/cycles/{quarter.cycle}/graph")
        return {node["id"] for node in graph["nodes"] if node["at_risk"]}

    await eventually(at_risk, until=lambda nodes: quarter.team_objective in nodes)
    affected = (await api.get("alignment", "/v1/impact", kpi=quarter.kpi))["affected"]
    assert [node["id"] for node in affected] == [
        quarter.demand,
        quarter.team_objective,
        quarter.company_objective,
    ]
    await produce(api, quarter, [reading(quarter, 6, "5500"), reading(quarter, 7, "6100")])

    recovered_at = "2019-12-01T07:00:00.000000Z"
    await eventually(breaches, until=lambda found: found[0]["recovered_at"] == recovered_at)


async def test_what_cannot_be_read_is_put_aside_and_the_rest_goes_on(api: Api, quarter: Quarter):
    await produce(
        api,
        quarter,
        b"\xff not json",
        {"kpi": quarter.slug},
        {**reading(quarter, 1, "7000"), "value": "NaN"},
        {**reading(quarter, 1, "7000"), "kpi": "nobody-knows"},
        [reading(quarter, 2, "8000"), "not a reading", reading(quarter, 3, "9000")],
    )

    async def stored() -> Any:
        items = (await api.get("kpi", f"/v1/kpis/{quarter.kpi}/readings"))["items"]
        return sorted(item["value"] for item in items)

    await eventually(stored, until=lambda values: values == ["8000", "9000"])
    connection = await asyncpg.connect(api.stack.superuser_url("kpi"))

    async def put_aside() -> Any:
        return await connection.fetch(
            "SELECT reason, published_at FROM dead_letters WHERE headers->>'tenantid' = $1",
            api.tenant,
        )

    letters = await eventually(
        put_aside, until=lambda rows: len(rows) == 5 and all(row["published_at"] for row in rows)
    )
    assert all(row["reason"] for row in letters)
    await connection.close()


async def test_duplicates_and_corrections_over_http(api: Api, quarter: Quarter):
    first = [reading(quarter, hour, "9000") for hour in range(3)]
    assert await api.send("kpi", "/v1/readings", first, expect=200) == {
        "accepted": 3,
        "duplicates": 0,
        "corrected": 0,
        "rejected_total": 0,
        "rejected": [],
    }
    again = [*first[:2], reading(quarter, 2, "9001"), {**first[0], "kpi": "nobody-knows"}]
    counted = await api.send("kpi", "/v1/readings", again, expect=200)
    assert (counted["accepted"], counted["duplicates"], counted["corrected"]) == (0, 2, 1)
    assert [refused["row"] for refused in counted["rejected"]] == [4]


async def test_a_link_that_closes_a_loop_is_refused(api: Api, quarter: Quarter):
    refused = await api.send(
        "alignment",
        "/v1/links",
        {
            "kind": "contributes",
            "from": {"type": "objective", "id": quarter.company_objective},
            "to": {"type": "key_result", "id": quarter.demand},
            "weight": 1,
        },
        expect=422,
    )
    assert refused["type"].endswith("/link-closes-loop")


async def test_the_quarter_is_told_as_of_two_moments_and_proven(api: Api, quarter: Quarter):
    path = f"/v1/key-results/{quarter.leads}/check-ins"
    for day, value in (("2019-11-15", "25"), ("2020-01-15", "33")):
        body = {"value": value, "confidence": 5, "observed_at": f"{day}T12:00:00Z"}
        await api.send("okr", path, body)

    async def types() -> Any:
        items = await api.get("audit", f"/v1/cycles/{quarter.cycle}/history", limit="500")
        return [item["type"] for item in items["items"]]

    history = await eventually(types, until=lambda found: found.count("CheckInRecorded") == 2)
    assert {"CycleOpened", "KPIDefined", "LinkAdded", "KeyResultAdded"} <= set(history)

    async def leads_at(moment: str) -> Any:
        report = await api.get("audit", f"/v1/cycles/{quarter.cycle}/report", valid_at=moment)
        found = {
            part["id"]: part["measured"]
            for objective in report["objectives"]
            for part in objective["key_results"]
        }
        return None if found[quarter.leads] is None else found[quarter.leads]["value"]

    assert await leads_at("2019-11-10T00:00:00Z") is None
    assert await leads_at("2019-12-01T00:00:00Z") == "25"
    assert await leads_at("2020-01-31T00:00:00Z") == "33"


async def test_the_logs_verify_and_tampering_shows(stack: LocalStack, api: Api, quarter: Quarter):
    del quarter  # something is in every log
    helmlog = [Path(sys.executable).parent / "helmlog", "audit", "verify-log"]
    environment = {"HELMLOG_AUDIT_LOGS": stack.audit_logs(), "PATH": ""}

    def verify() -> subprocess.CompletedProcess[str]:
        return subprocess.run(helmlog, env=environment, capture_output=True, text=True, check=False)

    holds = verify()
    assert holds.returncode == 0, holds.stdout + holds.stderr
    connection = await asyncpg.connect(stack.superuser_url("okr"))
    seq, data = await connection.fetchrow(
        "SELECT seq, data::text FROM event_log WHERE tenant = $1 AND type = 'CycleOpened'",
        api.tenant,
    )

    async def put(text: str) -> None:
        await connection.execute("ALTER TABLE event_log DISABLE TRIGGER USER")
        await connection.execute("UPDATE event_log SET data = $1 WHERE seq = $2", text, seq)
        await connection.execute("ALTER TABLE event_log ENABLE TRIGGER USER")

    try:
        await put(data.replace("FY20-Q4", "FY20-Q3"))
        tampered = verify()
        assert tampered.returncode == 1
        assert f"okr {seq}: altered" in tampered.stdout
    finally:
        await put(data)
        await connection.close()
    assert verify().returncode == 0
