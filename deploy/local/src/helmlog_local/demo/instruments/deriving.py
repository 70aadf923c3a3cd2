"""A KPI of the catalogue is adopted with its inputs; its values come from theirs, by a formula."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from helmlog_local.demo.api import Api, wait_until

Json = Any
TEMPLATE: Final = "lead-conversion-rate"
_JSON: Final = {"Content-Type": "application/json"}
_YEAR: Final = 2024
_DAYS: Final = (4, 11, 18, 25)
# Leads and customers won on four days of each month. In the fourth there was no sale at all.
_LEADS: Final = (
    (41, 38, 52, 47),
    (44, 50, 39, 58),
    (61, 48, 55, 40),
    (0, 0, 0, 0),
    (57, 62, 49, 66),
)
_WON: Final = ((9, 7, 13, 10), (8, 12, 9, 15), (16, 11, 14, 9), (0, 0, 0, 0), (15, 17, 12, 19))
_COMPUTED_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Derived:
    """`lineages` are of the months in order, `values` of those that have one."""

    adopted: Json
    lineages: Sequence[Json]
    values: Sequence[Json]


async def derive(api: Api) -> Derived:
    """Raises DemoFailed."""
    since = _month(1).isoformat()
    adopted = await api.post(
        f"/kpi/v1/catalogue/{TEMPLATE}:adopt",
        {"with_inputs": True, "effective_from": since, "owner": "Head of Sales"},
        "demo-adopt",
    )
    slugs = {one["name"]: one["slug"] for one in adopted["inputs"]}
    rows = [*_rows(slugs["leads"], _LEADS), *_rows(slugs["won"], _WON)]
    await api.send("/kpi/v1/readings", json.dumps(rows).encode(), _JSON, "demo-derived-inputs")
    path = f"/kpi/v1/kpis/{adopted['id']}"
    last = _month(len(_LEADS))

    async def computed() -> bool:
        lineage = await _lineage(api, path, last)
        return lineage["recorded"] is not None

    await wait_until("that the derived KPI is computed", computed, seconds=_COMPUTED_SECONDS)
    months = [_month(number + 1) for number in range(len(_LEADS))]
    return Derived(
        adopted=adopted,
        lineages=[await _lineage(api, path, month) for month in months],
        values=await api.all_items(f"{path}/values", period="month"),
    )


async def _lineage(api: Api, path: str, month: datetime) -> Json:
    return await api.get(f"{path}/values/{month:%Y-%m-%dT00:00:00Z}/lineage")


def _rows(slug: str, months: Sequence[Sequence[int]]) -> Iterator[Json]:
    for number, counts in enumerate(months, 1):
        for day, count in zip(_DAYS, counts, strict=True):
            at = _month(number).replace(day=day).isoformat()
            yield {"kpi": slug, "observed_at": at, "value": count, "source": "crm"}


def _month(number: int) -> datetime:
    return datetime(_YEAR, number, 1, tzinfo=UTC)
