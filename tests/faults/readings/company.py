"""KPIs that are judged, counted, derived and held against a target, of one tenant."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.faults.client import Client
from tests.faults.readings.script import Feed

PROMETHEUS = "prometheus"
PRESSURES = ("pressure-0", "pressure-1", "pressure-2")
VOLUME, LOOSE, DENSITY = "volume", "loose", "density"
MEASURED = (*PRESSURES, VOLUME, LOOSE)

_ON_NO_DATA = dict(zip((*PRESSURES, LOOSE), ("keep", "ok", "alert", "ok"), strict=True))


@dataclass(frozen=True, slots=True)
class Lanes:
    """The feeds, by the way on which their readings come."""

    keyed: Sequence[Feed]
    """Messages keyed by KPI: they arrive in the order in which they are sent."""
    unkeyed: Sequence[Feed]
    posted: Sequence[Feed]
    scraped: Sequence[Feed]

    @property
    def all(self) -> Sequence[Feed]:
        return [*self.keyed, *self.unkeyed, *self.posted, *self.scraped]


def lay_lanes(begins: datetime, chance: random.Random) -> Lanes:
    def feed(slug: str, source: str, **kind: bool) -> Feed:
        return Feed(slug, source, begins, random.Random(chance.random()), **kind)

    return Lanes(
        keyed=[
            *(feed(slug, "plant") for slug in PRESSURES),
            feed(VOLUME, "plant", counts=True),
        ],
        unkeyed=[feed(LOOSE, source, corrects=False) for source in ("left", "right")],
        posted=[
            feed(PRESSURES[0], "meter"),
            feed(PRESSURES[1], "meter"),
            feed(VOLUME, "meter", counts=True),
        ],
        scraped=[feed(PRESSURES[0], PROMETHEUS), feed(PRESSURES[2], PROMETHEUS)],
    )


async def found(client: Client, begins: datetime) -> None:
    """Defines all, with a policy each; the same in every tenant."""
    for slug in MEASURED:
        counts = {"measure": "counter"} if slug == VOLUME else {"aggregation": "mean"}
        await client.send("kpi", "/v1/kpis", _definition(slug, **counts))
    for slug in _ON_NO_DATA:
        await set_policy(client, policy_of(slug, begins))
    target = {"effective_from": begins.isoformat(), "target": "500", "period": "day"}
    await client.send("kpi", f"/v1/kpis/{VOLUME}/targets", target, method="PUT")
    await client.send("kpi", "/v1/kpis", _definition(DENSITY, aggregation="last"))
    formula = {
        "effective_from": begins.isoformat(),
        "expression": "volume / pressure",
        "inputs": {"volume": VOLUME, "pressure": PRESSURES[0]},
        "period": "hour",
    }
    await client.send("kpi", f"/v1/kpis/{DENSITY}/formula", formula, method="PUT")
    await set_policy(client, {**policy_of(DENSITY, begins), "slug": DENSITY})


def _definition(slug: str, **fields: str) -> dict[str, Any]:
    return {
        "slug": slug,
        "name": slug,
        "unit": "bar",
        "direction": "up",
        "type": "operational",
        "level": "company",
        "cadence": "PT20S",
        "timezone": "UTC",
        **fields,
    }


def policy_of(slug: str, since: datetime, *, critical: int = 18) -> dict[str, Any]:
    """Breaches after readings in a row, over only on the good side of another bound."""
    rules = [
        {"severity": "warning", "when": "below", "value": "28", "recover": "35", "for_readings": 2},
        {"severity": "critical", "when": "below", "value": str(critical), "for_readings": 3},
    ]
    return {
        "slug": slug,
        "effective_from": since.isoformat(),
        "rules": rules,
        "no_data_after": "PT10M",
        "on_no_data": _ON_NO_DATA.get(slug, "keep"),
    }


async def set_policy(client: Client, policy: Mapping[str, Any]) -> None:
    path = f"/v1/kpis/{policy['slug']}/threshold-policy"
    body = {name: value for name, value in policy.items() if name != "slug"}
    await client.send("kpi", path, body, method="PUT")


def later_policies(begins: datetime) -> list[dict[str, Any]]:
    """For readings that were judged already, each of another time."""
    return [
        policy_of(slug, begins + timedelta(hours=hours), critical=critical)
        for hours, slug, critical in (
            (2, PRESSURES[0], 12),
            (1, LOOSE, 20),
            (3, PRESSURES[1], 24),
            (1, PRESSURES[2], 10),
            (4, PRESSURES[0], 22),
        )
    ]
