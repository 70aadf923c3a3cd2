"""Reads stories out of a cycle's history: when an objective was at risk, what led to what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

Json = Any


@dataclass(frozen=True, slots=True)
class Episode:
    """A time for which an objective was at risk from one breach; `ended_at` is none while it is."""

    objective: str
    kpi: str
    severity: str
    since: datetime
    ended_at: datetime | None


def episodes(history: Sequence[Json]) -> list[Episode]:
    """In the order in which they began, as far as the cycle's own objectives are concerned."""
    names = titles(history)
    found: dict[tuple[str, str], Episode] = {}
    for item in history:
        data = item["data"]
        match item["type"]:
            case "ObjectiveAtRisk":
                found[data["objective_id"], data["breach_id"]] = Episode(
                    names.get(data["objective_id"], data["objective_id"]),
                    names.get(data["kpi_id"], data["kpi_id"]),
                    data["severity"],
                    datetime.fromisoformat(data["since"]),
                    None,
                )
            case "RiskCleared":
                key = data["objective_id"], data["breach_id"]
                if key in found:
                    ended_at = datetime.fromisoformat(item["occurred_at"])
                    found[key] = replace(found[key], ended_at=ended_at)
    return sorted(found.values(), key=lambda one: one.since)


def _named(history: Sequence[Json], kind: str, key: str, name: str) -> dict[str, str]:
    return {item["data"][key]: item["data"][name] for item in history if item["type"] == kind}


def place(item: Json) -> str:
    return f"{item['source']}/{item['seq']}"


def chain(history: Sequence[Json]) -> list[Json]:
    """A reading's way up: a breach that put an objective at risk, the value published with it, and
    all that came from either. Of several the longest, of them the last; none, if none ever was.
    """
    causes = {item["cause"] for item in history if item["type"] == "ObjectiveAtRisk"}
    begins = [number for number, item in enumerate(history) if place(item) in causes]
    chains = [_from(history[number], history[number:]) for number in begins]
    return max(reversed(chains), key=len, default=[])


def _from(breach: Json, later: Sequence[Json]) -> list[Json]:
    places = {place(breach)}
    found = []
    for item in later:
        if item is breach or item["cause"] in places or _published_with(breach, item):
            places.add(place(item))
            found.append(item)
    return found


def _published_with(breach: Json, item: Json) -> bool:
    """In one transaction, so recorded at one moment."""
    return bool(
        item["type"] == "KPIValueChanged"
        and item["data"]["kpi_id"] == breach["data"]["kpi_id"]
        and item["recorded_at"] == breach["recorded_at"]
    )


def titles(history: Sequence[Json]) -> dict[str, str]:
    """What objectives, key results and KPIs are called, by id."""
    return (
        _named(history, "ObjectiveDrafted", "objective_id", "title")
        | _named(history, "KeyResultAdded", "key_result_id", "title")
        | _named(history, "KPIDefined", "kpi_id", "slug")
    )


def in_words(item: Json, names: Mapping[str, str]) -> str:
    """What the event says, in a few words; `names` by id."""
    data = item["data"]

    def name(key: str) -> str:
        return names.get(key, key)

    match item["type"]:
        case "KPIThresholdBreached":
            rule = data["rule"]
            bound = f"{data['value']} is {rule['when']} {rule['value']}"
            return f"{name(data['kpi_id'])}: {data['severity']}, {bound}"
        case "KPIValueChanged":
            return f"{name(data['kpi_id'])}: {data['value']}"
        case "KeyResultUpdated":
            return f"{name(data['key_result_id'])}: {_percent(data['progress'])}, {data['status']}"
        case "RollUpChanged":
            way = f"{_percent(data['previous'])} → {_percent(data['roll_up'])}"
            return f"{name(data['node']['id'])}: {way}"
        case "ObjectiveAtRisk":
            return f"{name(data['objective_id'])}: {data['severity']}"
        case _:
            return ""


def _percent(value: str | None) -> str:
    return "not measured" if value is None else f"{Decimal(value):.1%}"
