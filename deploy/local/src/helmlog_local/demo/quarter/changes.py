"""What people do to their OKRs while a quarter goes on, and at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from helmlog_local.company.okr_file import Story
from helmlog_local.company.plan import CheckIn, Cycle
from helmlog_local.demo.api import Api
from helmlog_local.demo.quarter.house import House

EXAMPLE = "settled-in-one-conversation"
COMMENT = "Agreed in the weekly: this is what we look at first."
_WEEKS = (
    CheckIn(4, "As planned for these weeks.", "30", confidence=6),
    CheckIn(8, "Slower than planned: a partner has not signed.", "48", confidence=4),
)
_LAST = CheckIn(12, "The partner has signed; the rest follows later.", "68", confidence=8)
_REBASED_AFTER_WEEK = 8
_NEW_TARGET = "80"


@dataclass(frozen=True, slots=True)
class Node:
    """An objective or key result with its title as the file has it."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Changed:
    """Answers of the services to each step; `rebased_at` is since when the new target holds."""

    renamed: Any
    why_renamed: str
    values: Sequence[str]
    measured: Node
    rebased_at: datetime
    acknowledged_by: str
    initiative: Any
    instantiated: Any
    cloned: Any
    graded: Any
    closed: tuple[Any, ...]
    carried: Node
    carried_to: Any


class Keeper:
    """Writes as the one who runs the quarter; a colleague reads along and acknowledges."""

    def __init__(self, api: Api, colleague: Api, house: House, story: Story) -> None:
        self._api = api
        self._colleague = colleague
        self._house = house
        self._story = story

    async def keep(self) -> Changed:
        """Raises DemoFailed."""
        cycle = self._house.quarter.cycle
        path = f"/okr/v1/cycles/{self._house.quarter.id}/board"
        board = await self._api.get_own(path)
        rows = _by_row(board)
        objective, measured = rows[self._story.revised], rows[self._story.measured]
        renamed = await self._api.patch(
            f"/okr/v1/objectives/{objective.id}",
            {"title": self._story.new_title, "reason": self._story.why_revised},
            "demo-revision",
        )
        rebased_at = await self._measure(measured, cycle)
        seen_by = await self._check_in_seen(measured, cycle)
        initiative = await self._initiative(measured)
        comments = f"/okr/v1/objectives/{objective.id}/comments"
        await self._api.post(comments, {"text": COMMENT}, "demo-comment")
        instantiated = await self._from_catalogue()
        graded = await self._api.post(
            f"/okr/v1/key-results/{rows[self._story.graded].id}:grade", {}, "demo-grade"
        )
        carried = rows[self._story.carried]
        return Changed(
            renamed=renamed,
            why_renamed=self._story.why_revised,
            values=[said.value or "" for said in (*_WEEKS, _LAST)],
            measured=measured,
            rebased_at=rebased_at,
            acknowledged_by=seen_by,
            initiative=initiative,
            instantiated=instantiated,
            cloned=await self._go_on_with(instantiated),
            graded=graded,
            closed=await self._close(board),
            carried=carried,
            carried_to=await self._api.post(
                f"/okr/v1/objectives/{carried.id}:carry-over",
                {"to_cycle_id": self._house.following.id},
                "demo-carry-over",
            ),
        )

    async def _measure(self, part: Node, cycle: Cycle) -> datetime:
        path = f"/okr/v1/key-results/{part.id}"
        for said in _WEEKS:
            body = _check_in(cycle, said)
            await self._api.post(f"{path}/check-ins", body, f"demo-okr-week-{said.week}")
        since = cycle.end_of_week(_REBASED_AFTER_WEEK) + timedelta(hours=12)
        body = {
            "target": _NEW_TARGET,
            "reason": "A fifth of it went to another team in week 8.",
            "effective_from": since.isoformat(),
        }
        await self._api.patch(path, body, "demo-rebase")
        return since

    async def _check_in_seen(self, part: Node, cycle: Cycle) -> str:
        path = f"/okr/v1/key-results/{part.id}/check-ins"
        told = await self._api.post(path, _check_in(cycle, _LAST), "demo-okr-last-week")
        note = {"note": "Seen; we plan the rest together."}
        seen = f"{path}/{told['id']}:acknowledge"
        await self._colleague.post(seen, note, "demo-acknowledge")
        listed = await self._colleague.get_own(path)
        acknowledged = next(one for one in listed["items"] if one["id"] == told["id"])
        return str(acknowledged["acknowledged"]["actor"])

    async def _initiative(self, part: Node) -> Any:
        body = {
            "title": "Bring the partner who is missing to the table",
            "effort": "12",
            "owner": "head-of-web-platform",
            "team": "web-platform",
        }
        planned = await self._api.post(
            f"/okr/v1/key-results/{part.id}/initiatives", body, "demo-initiative"
        )
        path = f"/okr/v1/initiatives/{planned['id']}:start"
        return await self._api.post(path, {}, "demo-initiative-start")

    async def _from_catalogue(self) -> Any:
        body = {
            "cycle_id": self._house.quarter.id,
            "owner": "head-of-customer-care",
            "team": "customer-care",
        }
        made = await self._api.post(
            f"/okr/v1/catalogue/{EXAMPLE}:instantiate", body, "demo-catalogue"
        )
        served = {"serves": ["pillar/loyalty"], "reason": "It is what the pillar is for."}
        await self._api.patch(f"/okr/v1/objectives/{made['id']}", served, "demo-serves")
        return await self._agree(made["id"])

    async def _go_on_with(self, objective: Any) -> Any:
        """A copy in the quarter we are in, where check-ins come due."""
        current = self._house.current.id
        await self._api.post(f"/okr/v1/cycles/{current}:activate", {}, "demo-current")
        clone = f"/okr/v1/objectives/{objective['id']}:clone"
        cloned = await self._api.post(clone, {"to_cycle_id": current}, "demo-clone")
        return await self._agree(cloned["id"])

    async def _agree(self, objective_id: str) -> Any:
        path = f"/okr/v1/objectives/{objective_id}"
        await self._api.post(f"{path}:propose", {}, f"demo-propose-{objective_id}")
        return await self._api.post(f"{path}:accept", {}, f"demo-accept-{objective_id}")

    async def _close(self, board: Any) -> tuple[Any, ...]:
        """Each objective of which all key results have their grade."""
        return tuple(
            [
                await self._api.post(
                    f"/okr/v1/objectives/{one['id']}:close", {}, f"demo-close-{one['id']}"
                )
                for one in board["objectives"]
                if one["key_results"] and all(part["grade"] for part in one["key_results"])
            ]
        )


def _check_in(cycle: Cycle, said: CheckIn) -> dict[str, object]:
    return {
        "value": said.value,
        "confidence": said.confidence,
        "narrative": said.narrative,
        "observed_at": cycle.end_of_week(said.week).isoformat(),
    }


def _by_row(board: Any) -> dict[str, Node]:
    return {
        one["external_key"]: Node(one["id"], one["title"])
        for objective in board["objectives"]
        for one in (objective, *objective["key_results"])
        if one["external_key"] is not None
    }
