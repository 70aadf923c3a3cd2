"""Tells the services a company's plan: its KPIs and policies, its cycles with all that is in them.

Over REST alone, as any frontend would.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from helmlog_local.company.load import Company
from helmlog_local.company.plan import (
    CheckIn,
    Cycle,
    KeyResult,
    LateCorrection,
    Milestones,
    Objective,
)
from helmlog_local.company.series import Series
from helmlog_local.company.thresholds import LearnedPolicy, learn_policy
from helmlog_local.demo.api import Api

Steps = Callable[[int], None]

# The share of the way from which an objective counts as achieved.
_EXPECTED = {"committed": Decimal("0.8"), "aspirational": Decimal("0.7"), "learning": Decimal(0)}


@dataclass(slots=True)
class Told:
    """The ids behind slugs, names and (cycle, title) pairs."""

    kpis: dict[str, str] = field(default_factory=dict)
    policies: dict[str, LearnedPolicy] = field(default_factory=dict)
    cycles: dict[str, str] = field(default_factory=dict)
    objectives: dict[tuple[str, str], str] = field(default_factory=dict)
    key_results: dict[tuple[str, str], str] = field(default_factory=dict)


async def tell_kpis(api: Api, company: Company, done: Steps) -> Told:
    """Defines the KPIs and sets their policies; calls `done` for each. Raises DemoFailed."""
    told = Told()
    for series in company.series:
        await _tell_kpi(api, series, told)
        done(1)
    return told


async def tell_cycle(api: Api, cycle: Cycle, told: Told, done: Steps) -> None:
    """Opens it with all that is in it; calls `done` for each objective. Raises DemoFailed."""
    await _open_cycle(api, cycle, told)
    for objective in cycle.objectives:
        await _tell_objective(api, cycle, objective, told)
        done(1)
    await _tell_links(api, cycle, told)


async def close_cycle(api: Api, cycle: Cycle, told: Told) -> None:
    """Closes its objectives as their progress suggests, then the cycle. Raises DemoFailed."""
    cycle_id = told.cycles[cycle.name]
    board = await api.get(f"/okr/v1/cycles/{cycle_id}/board")
    for objective in board["objectives"]:
        progress = Decimal(objective["progress"] or 0)
        expected = _EXPECTED[objective["kind"]]
        outcome = "achieved" if progress >= expected else "missed"
        reason = f"{progress:.0%} of the way; {objective['kind']} expects {expected:.0%}."
        path = f"/okr/v1/objectives/{objective['id']}:close"
        body = {"outcome": outcome, "reason": reason}
        if objective["kind"] == "learning":
            body["learned"] = "; ".join(_came_to(part) for part in objective["key_results"])
        await api.post(path, body, f"demo-close-{objective['id']}")
    await api.post(f"/okr/v1/cycles/{cycle_id}:review", {}, f"demo-review-{cycle_id}")
    await api.post(f"/okr/v1/cycles/{cycle_id}:close", {}, f"demo-close-{cycle_id}")


def _came_to(key_result: dict[str, Any]) -> str:
    value = "not measured" if key_result["value"] is None else f"came to {key_result['value']}"
    return f"{key_result['title']}: {value}"


async def tell_correction(api: Api, cycle: Cycle, late: LateCorrection, told: Told) -> None:
    """A check-in that says, now, what was true weeks ago; the one of that week stays as it is."""
    moment = cycle.end_of_week(late.week)
    body = {
        "value": late.value,
        "narrative": late.narrative,
        "correction_reason": late.narrative,
        "observed_at": moment.isoformat(),
    }
    key_result = told.key_results[cycle.name, late.key_result]
    await api.post(
        f"/okr/v1/key-results/{key_result}/check-ins", body, f"demo-correction-{key_result}"
    )


async def _tell_kpi(api: Api, series: Series, told: Told) -> None:
    body = {
        "slug": series.slug,
        "name": series.name,
        "definition": series.definition,
        "unit": series.unit,
        "direction": series.direction,
        "type": series.type,
        "level": series.level,
        "cadence": series.cadence,
        "aggregation": series.aggregation,
        "timezone": "UTC",
        "owner": series.owner,
    }
    kpi = await api.post("/kpi/v1/kpis", body, f"demo-kpi-{series.slug}")
    policy = learn_policy(series)
    rules = [
        asdict(rule) | {"value": str(rule.value), "recover": str(rule.recover)}
        for rule in policy.rules
    ]
    wanted = {"effective_from": policy.effective_from.isoformat(), "rules": rules}
    wanted |= {"evaluate": "reading", "on_no_data": "keep"}
    await api.put(f"/kpi/v1/kpis/{kpi['id']}/threshold-policy", wanted, f"demo-policy-{kpi['id']}")
    told.kpis[series.slug] = kpi["id"]
    told.policies[series.slug] = policy


async def _open_cycle(api: Api, cycle: Cycle, told: Told) -> None:
    body = {
        "name": cycle.name,
        "kind": "quarter",
        "starts_on": cycle.starts_on.isoformat(),
        "ends_on": cycle.ends_on.isoformat(),
        "timezone": "UTC",
    }
    opened = await api.post("/okr/v1/cycles", body, f"demo-cycle-{cycle.name}")
    told.cycles[cycle.name] = opened["id"]
    await api.post(f"/okr/v1/cycles/{opened['id']}:activate", {}, f"demo-activate-{opened['id']}")


async def _tell_objective(api: Api, cycle: Cycle, objective: Objective, told: Told) -> None:
    body = {
        "cycle_id": told.cycles[cycle.name],
        "title": objective.title,
        "why": objective.why,
        "kind": objective.kind,
        "level": objective.level,
        "team": objective.team,
        "owner": objective.owner,
    }
    place = cycle.objectives.index(objective)
    key = f"demo-objective-{cycle.name}-{place}"
    drafted = await api.post("/okr/v1/objectives", body, key)
    path = f"/okr/v1/objectives/{drafted['id']}"
    told.objectives[cycle.name, objective.title] = drafted["id"]
    await api.post(f"{path}:propose", {}, f"{key}-propose")
    await api.post(f"{path}:accept", {}, f"{key}-accept")
    for number, part in enumerate(objective.key_results):
        body = _key_result(part, told)
        added = await api.post(f"{path}/key-results", body, f"{key}-key-result-{number}")
        told.key_results[cycle.name, part.title] = added["id"]
        for check_in in part.check_ins:
            await _tell_check_in(api, cycle, added["id"], check_in)


async def _tell_check_in(api: Api, cycle: Cycle, key_result: str, check_in: CheckIn) -> None:
    body: dict[str, Any] = {
        "confidence": check_in.confidence,
        "narrative": check_in.narrative,
        "observed_at": cycle.end_of_week(check_in.week).isoformat(),
    }
    if check_in.value is None:
        body["done"] = check_in.done
    else:
        body["value"] = check_in.value
    path = f"/okr/v1/key-results/{key_result}/check-ins"
    await api.post(path, body, f"demo-check-in-{key_result}-{check_in.week}")


async def _tell_links(api: Api, cycle: Cycle, told: Told) -> None:
    for objective in cycle.objectives:
        above = objective.contributes_to
        if above is None:
            continue
        source = told.objectives[cycle.name, objective.title]
        to_objective = told.objectives.get((cycle.name, above))
        target = (
            {"type": "objective", "id": to_objective}
            if to_objective is not None
            else {"type": "key_result", "id": told.key_results[cycle.name, above]}
        )
        body = {
            "kind": "contributes",
            "from": {"type": "objective", "id": source},
            "to": target,
            "weight": 1,
        }
        await api.post("/alignment/v1/links", body, f"demo-link-{source}")


def _key_result(part: KeyResult, told: Told) -> dict[str, Any]:
    measure = asdict(part.measure)
    if isinstance(part.measure, Milestones):
        measure["milestones"] = [
            {"name": name, "weight": weight} for name, weight in part.measure.milestones
        ]
    return measure | {
        "title": part.title,
        "unit": part.unit,
        "rate": part.rate,
        "weight": part.weight,
        "owner": part.owner,
        "kpi_id": None if part.kpi is None else told.kpis[part.kpi],
    }
