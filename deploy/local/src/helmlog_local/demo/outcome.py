"""What came of it, as the services tell it: collected over REST once all have caught up."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from helmlog_local.company.load import Company
from helmlog_local.company.series import Tally
from helmlog_local.demo.api import Api, wait_until
from helmlog_local.demo.comparison import Breach
from helmlog_local.demo.telling import Told

Json = Any
_CAUGHT_UP_SECONDS = 60.0
# It goes through all that was ever written, of every tenant.
_VERIFICATION_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Risk:
    """An objective at risk, and the breach it is at risk from."""

    cycle: str
    objective: str
    kpi: str
    breach: Breach
    rule: Json
    affected: Sequence[Json]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`breaches` and `stored` by slug; `boards` and `graphs` by cycle name, as JSON."""

    breaches: Mapping[str, Sequence[Breach]]
    stored: Mapping[str, Tally]
    boards: Mapping[str, Json]
    graphs: Mapping[str, Json]
    risks: Sequence[Risk]
    history: Sequence[Json]
    verification: Json


async def collect(api: Api, company: Company, told: Told) -> Outcome:
    """Waits until alignment and audit know all that okr and kpi do. Raises DemoFailed."""
    found = {slug: await _breaches(api, kpi_id) for slug, kpi_id in told.kpis.items()}
    boards = {
        name: await api.get(f"/okr/v1/cycles/{cycle_id}/board")
        for name, cycle_id in told.cycles.items()
    }
    at_risk = _expected_risks(company, found)
    await wait_until(
        "that alignment knows of every progress and breach",
        lambda: _alignment_knows(api, told, boards, at_risk),
        seconds=_CAUGHT_UP_SECONDS,
        pause=0.2,
    )
    verification = await verified(api)
    shown = told.cycles[company.shown.name]
    # One after the other they would take longer than the playing.
    stored = await asyncio.gather(*(_stored(api, kpi_id) for kpi_id in told.kpis.values()))
    return Outcome(
        breaches={slug: [_breach(one) for one in items] for slug, items in found.items()},
        stored=dict(zip(told.kpis, stored, strict=True)),
        boards=boards,
        graphs={
            name: await api.get(f"/alignment/v1/cycles/{cycle_id}/graph")
            for name, cycle_id in told.cycles.items()
        },
        risks=[
            await _risk(api, cycle, objective, slug, one, told)
            for (cycle, objective), risks in at_risk.items()
            for slug, one in risks
        ],
        history=await api.all_items(f"/audit/v1/cycles/{shown}/history"),
        verification=verification,
    )


async def _breaches(api: Api, kpi_id: str) -> list[Json]:
    return await api.all_items(f"/kpi/v1/kpis/{kpi_id}/breaches")


def _breach(item: Json) -> Breach:
    recovered_at = item["recovered_at"]
    return Breach(
        item["severity"],
        datetime.fromisoformat(item["opened_at"]),
        None if recovered_at is None else datetime.fromisoformat(recovered_at),
    )


async def _stored(api: Api, kpi_id: str) -> Tally:
    """What the service keeps; it does not keep duplicates, so it can't count them afterwards."""
    rows = await api.all_items(f"/kpi/v1/kpis/{kpi_id}/readings", all_revisions="true")
    corrected = sum(row["revision"] > 1 for row in rows)
    return Tally(instants=len(rows) - corrected, corrected=corrected, duplicates=0)


Risks = dict[tuple[str, str], list[tuple[str, Json]]]


def _expected_risks(company: Company, found: Mapping[str, Sequence[Json]]) -> Risks:
    """By (cycle, objective): the open breaches of KPIs that key results of it follow."""
    risks: Risks = {}
    for cycle in company.plan.cycles:
        if cycle in company.closed:
            continue
        for objective in cycle.objectives:
            open_breaches = [
                (part.kpi, breach)
                for part in objective.key_results
                if part.kpi is not None
                for breach in found[part.kpi]
                if breach["recovered_at"] is None
            ]
            if open_breaches:
                risks[cycle.name, objective.title] = open_breaches
    return risks


async def _alignment_knows(api: Api, told: Told, boards: Mapping[str, Json], risks: Risks) -> bool:
    for name, cycle_id in told.cycles.items():
        graph = await api.get(f"/alignment/v1/cycles/{cycle_id}/graph")
        nodes = {node["id"]: node for node in graph["nodes"]}
        for objective in boards[name]["objectives"]:
            node = nodes.get(objective["id"])
            if node is None or node["at_risk"] != ((name, objective["title"]) in risks):
                return False
            for part in objective["key_results"]:
                if not _same(nodes.get(part["id"], {}).get("progress"), part["progress"]):
                    return False
    return True


def _same(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is other
    return Decimal(one) == Decimal(other)


async def _risk(api: Api, cycle: str, objective: str, slug: str, breach: Json, told: Told) -> Risk:
    impact = await api.get("/alignment/v1/impact", kpi=told.kpis[slug])
    return Risk(
        cycle=cycle,
        objective=objective,
        kpi=slug,
        breach=_breach(breach),
        rule=breach["trigger"]["rule"],
        affected=[
            one
            for one in impact["affected"]
            if one["cycle_id"] == told.cycles[cycle] and one["type"] == "objective"
        ],
    )


async def verified(api: Api) -> Json:
    """The verification, once the journal has everything; with findings it waits no longer."""
    verification: Json = None

    async def journaled() -> bool:
        nonlocal verification
        verification = await api.get_slowly("/audit/v1/verification", _VERIFICATION_SECONDS)
        return not verification["holds"] or not any(
            log["unjournaled"] for log in verification["logs"]
        )

    await wait_until(
        "that the journal has every entry of every log",
        journaled,
        seconds=_CAUGHT_UP_SECONDS,
        pause=0.5,
    )
    return verification
