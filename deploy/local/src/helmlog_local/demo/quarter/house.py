"""The house a quarter is kept in: its calendar, its cycles, its units and people, its strategy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from helmlog_local.company.okr_file import FiscalQuarter
from helmlog_local.company.plan import Cycle
from helmlog_local.demo.api import Api

_CALENDAR = "financial-year"

# slug, name, kind, part of
UNITS = (
    ("house", "The company", "company", None),
    ("customers", "Customers", "department", "house"),
    ("supply", "Supply", "department", "house"),
    ("customer-care", "Customer Care", "team", "customers"),
    ("web-platform", "Web Platform", "team", "customers"),
    ("logistics", "Logistics", "team", "supply"),
)
# slug, name, belongs to
PEOPLE = (
    ("managing-director", "Managing Director", "house"),
    ("head-of-customers", "Head of Customers", "customers"),
    ("head-of-customer-care", "Head of Customer Care", "customer-care"),
    ("head-of-web-platform", "Head of Web Platform", "web-platform"),
    ("head-of-logistics", "Head of Logistics", "logistics"),
)
_STRATEGY = {
    "mission": "Be the house that people come back to.",
    "values": [{"slug": "candour", "name": "Candour", "description": "We say how it stands."}],
    "pillars": [
        {"slug": "loyalty", "name": "Customers who come back"},
        {"slug": "reliability", "name": "Promises kept"},
        {"slug": "thrift", "name": "Means used well"},
    ],
    "reason": "As agreed when the year was planned.",
}


@dataclass(frozen=True, slots=True)
class Opened:
    id: str
    cycle: Cycle


@dataclass(frozen=True, slots=True)
class House:
    """The quarter of the file, the one after it, the one we are in, and the pillars of the
    strategy.
    """

    quarter: Opened
    following: Opened
    current: Opened
    pillars: Sequence[str]


async def settle(api: Api, quarter: FiscalQuarter) -> House:
    """Raises DemoFailed."""
    body = {
        "name": "Financial year",
        "pattern": "months",
        "first_month": quarter.first_month,
        "named_by": "end",
    }
    await api.put(f"/okr/v1/fiscal-calendars/{_CALENDAR}", body, "demo-calendar")
    opened = await _open(api, quarter)
    today = datetime.now(UTC).date()
    since = opened.cycle.starts_at.isoformat()
    for slug, name, kind, parent in UNITS:
        unit = {"slug": slug, "name": name, "kind": kind, "parent": parent}
        await api.post("/okr/v1/units", unit | {"effective_from": since}, f"demo-unit-{slug}")
    for slug, name, unit_slug in PEOPLE:
        person = {"slug": slug, "name": name, "unit": unit_slug, "effective_from": since}
        await api.post("/okr/v1/people", person, f"demo-person-{slug}")
    strategy = await api.put(
        "/okr/v1/strategy", _STRATEGY | {"effective_from": since}, "demo-strategy"
    )
    return House(
        quarter=opened,
        following=await _open(api, quarter.following),
        current=await _open(api, FiscalQuarter.containing(today, quarter.first_month)),
        pillars=[pillar["name"] for pillar in strategy["pillars"]],
    )


async def _open(api: Api, quarter: FiscalQuarter) -> Opened:
    fiscal = {"calendar": _CALENDAR, "year": quarter.year, "quarter": quarter.quarter}
    key = f"demo-cycle-{quarter.year}-{quarter.quarter}"
    told: dict[str, Any] = await api.post("/okr/v1/cycles", {"fiscal": fiscal}, key)
    dates = (date.fromisoformat(told["starts_on"]), date.fromisoformat(told["ends_on"]))
    return Opened(told["id"], Cycle(told["name"], *dates, ()))
