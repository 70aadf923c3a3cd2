"""A quarter as big as a real one, made over REST."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.bench.serving import Caller, Sides

OBJECTIVES = 150
KEY_RESULTS = 220
_WHY = "What we promised to those who sail with us, and what we want to be known for."


@dataclass(frozen=True)
class Quarter:
    cycle: str
    key_results: Sequence[str]
    board: str
    """Its path."""


async def create_quarter(
    sides: Sides, *, objectives: int = OBJECTIVES, key_results: int = KEY_RESULTS
) -> Quarter:
    """An active cycle under way, each key result checked in once; key results spread evenly."""
    async with sides.caller() as caller:
        today = datetime.now(UTC).date()
        cycle = await caller.post(
            "/v1/cycles",
            {
                "name": "This quarter",
                "kind": "quarter",
                "starts_on": str(today - timedelta(days=40)),
                "ends_on": str(today + timedelta(days=50)),
                "timezone": "UTC",
            },
        )
        await caller.post(f"/v1/cycles/{cycle['id']}:activate")
        owners = [await _objective(caller, cycle["id"], number) for number in range(objectives)]
        made = [
            await _key_result(caller, owners[number % objectives], number)
            for number in range(key_results)
        ]
        for number, key_result in enumerate(made):
            await check_in(caller, key_result, number)
    return Quarter(cycle["id"], made, f"/v1/cycles/{cycle['id']}/board")


async def check_in(caller: Caller, key_result: str, number: int) -> None:
    await caller.post(
        f"/v1/key-results/{key_result}/check-ins",
        {
            "value": f"{22 + number % 13}.{number % 10}",
            "confidence": number % 11,
            "narrative": "As planned; the harbour was slower than we thought.",
        },
    )


async def _objective(caller: Caller, cycle: str, number: int) -> str:
    objective = await caller.post(
        "/v1/objectives",
        {
            "cycle_id": cycle,
            "title": f"Be known in every harbour of the coast we sail, part {number}",
            "why": _WHY,
            "kind": ("committed", "aspirational")[number % 2],
            "level": ("company", "department", "team", "individual")[number % 4],
            "team": f"team-{number % 12}",
            "owner": f"owner-{number % 40}",
        },
    )
    path = f"/v1/objectives/{objective['id']}"
    await caller.post(f"{path}:propose")
    await caller.post(f"{path}:accept")
    return str(objective["id"])


async def _key_result(caller: Caller, objective: str, number: int) -> str:
    key_result = await caller.post(
        f"/v1/objectives/{objective}/key-results",
        {
            "title": f"More of what comes in from the {number} ships we have sent out",
            "metric": "increase",
            "baseline": "22",
            "target": "35.5",
            "unit": "leads",
            "rate": "per day",
            "weight": 1 + number % 3,
            "owner": f"owner-{number % 40}",
        },
    )
    return str(key_result["id"])
