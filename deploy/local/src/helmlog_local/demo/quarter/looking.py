"""What the services show of the quarter once all was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from helmlog_local.company.okr_file import Story
from helmlog_local.demo.api import Api
from helmlog_local.demo.quarter.changes import Changed
from helmlog_local.demo.quarter.house import House

Json = Any
_APART = timedelta(hours=1)
_WITHIN_DAYS = 7


@dataclass(frozen=True, slots=True)
class Then:
    """A key result as its board shows it at a moment."""

    valid_at: datetime
    shown: Json


@dataclass(frozen=True, slots=True)
class Seen:
    """`due` are the check-ins that come due within a week in the quarter we are in; `progress` is
    how that of the measured key result comes about.
    """

    tree: Json
    retrospective: Json
    heroes: Sequence[Json]
    due: Sequence[Json]
    found: Sequence[Json]
    progress: Json
    before: Then
    after: Then
    coverage: Json


async def look(api: Api, house: House, story: Story, changed: Changed) -> Seen:
    """Raises DemoFailed."""
    cycle_id = house.quarter.id
    cycle = f"/okr/v1/cycles/{cycle_id}"
    explained = await api.get_own(f"/okr/v1/key-results/{changed.measured.id}/explain")
    summary = await api.get_own("/okr/v1/achievements/summary", cycle_id=cycle_id)
    before = changed.rebased_at - _APART
    return Seen(
        tree=await api.get_own(f"{cycle}/tree"),
        retrospective=await api.get_own(f"{cycle}/retrospective"),
        heroes=summary["items"],
        due=await api.all_items(
            "/okr/v1/check-ins/due", cycle_id=house.current.id, within_days=_WITHIN_DAYS
        ),
        found=await api.all_items("/okr/v1/search", q=story.searched, cycle_id=cycle_id),
        progress=next(one for one in explained["values"] if one["name"] == "progress"),
        before=await _then(api, cycle, changed, before),
        after=await _then(api, cycle, changed, changed.rebased_at + _APART),
        coverage=await api.get_own("/okr/v1/strategy/coverage", cycle_id=cycle_id),
    )


async def _then(api: Api, cycle: str, changed: Changed, moment: datetime) -> Then:
    board = await api.get_own(f"{cycle}/board", valid_at=moment.isoformat())
    parts = (part for objective in board["objectives"] for part in objective["key_results"])
    return Then(moment, next(part for part in parts if part["id"] == changed.measured.id))
