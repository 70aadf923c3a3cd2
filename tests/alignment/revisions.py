"""What okr-service says of things that change; days as in the house."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts import okr
from helmlog_events.contracts.nodes import Node

from tests.alignment.house import House

REASON = "we know better now"


def under_objective(objective_id: UUID) -> Node:
    return Node(type="objective", id=objective_id)


def under_key_result(key_result_id: UUID) -> Node:
    return Node(type="key_result", id=key_result_id)


def definition(
    *, title: str = "Measured", weight: str = "1", kpi_id: UUID | None = None
) -> okr.KeyResultDefinition:
    """As the house adds key results."""
    return okr.KeyResultDefinition(
        title=title,
        metric="increase",
        baseline=Decimal(0),
        target=Decimal(100),
        weight=Decimal(weight),
        kpi_id=kpi_id,
    )


async def revise_key_result(
    house: House,
    key_result_id: UUID,
    objective_id: UUID,
    before: okr.KeyResultDefinition,
    after: okr.KeyResultDefinition,
    *,
    day: int = 0,
) -> None:
    revised = okr.KeyResultRevised(
        key_result_id=key_result_id,
        objective_id=objective_id,
        cycle_id=house.cycle,
        reason=REASON,
        before=before,
        after=after,
        rebased=False,
    )
    await house.say("okr", "key_result", key_result_id, revised, day=day)


async def move(
    house: House, key_result_id: UUID, origin: UUID, objective_id: UUID, *, day: int = 0
) -> None:
    moved = okr.KeyResultMoved(
        key_result_id=key_result_id,
        from_objective_id=origin,
        objective_id=objective_id,
        cycle_id=house.cycle,
        reason=REASON,
    )
    await house.say("okr", "key_result", key_result_id, moved, day=day)


async def cancel(house: House, key_result_id: UUID, objective_id: UUID, *, day: int = 0) -> None:
    cancelled = okr.KeyResultCancelled(
        key_result_id=key_result_id,
        objective_id=objective_id,
        cycle_id=house.cycle,
        reason=REASON,
    )
    await house.say("okr", "key_result", key_result_id, cancelled, day=day)


async def revise_objective(house: House, objective_id: UUID, title: str, team: str) -> None:
    before = okr.ObjectiveDefinition(title="before", why="why", kind="committed", level="team")
    revised = okr.ObjectiveRevised(
        objective_id=objective_id,
        cycle_id=house.cycle,
        reason=REASON,
        before=before,
        after=before.model_copy(
            update={"title": title, "team": team, "owner": "boris", "level": "company"}
        ),
    )
    await house.say("okr", "objective", objective_id, revised)


async def revise_cycle(house: House, cycle_id: UUID, starts_on: date, ends_on: date) -> None:
    before = okr.CyclePlan(
        name="FY26-Q1",
        kind="quarter",
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 3, 31),
        timezone="UTC",
    )
    revised = okr.CycleRevised(
        cycle_id=cycle_id,
        reason=REASON,
        before=before,
        after=before.model_copy(update={"starts_on": starts_on, "ends_on": ends_on}),
    )
    await house.say("okr", "cycle", cycle_id, revised)
