"""A quarter of OKRs from its opening to what is left of it, and all that was seen of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console

from helmlog_local.company.okr_file import OkrFile
from helmlog_local.demo.api import Api
from helmlog_local.demo.outcome import verified
from helmlog_local.demo.quarter.bringing_in import Brought, bring_in, export
from helmlog_local.demo.quarter.changes import Changed, Keeper
from helmlog_local.demo.quarter.house import House, settle
from helmlog_local.demo.quarter.listening import Heard, Listener, listening
from helmlog_local.demo.quarter.looking import Json, Seen, look
from helmlog_local.demo.screen import progress_bars
from helmlog_local.issuer import LocalIssuer

SECTIONS: Final = ("achieved", "missed", "learned", "carried_over", "cancelled", "open")
_COLLEAGUE = "colleague@local"


@dataclass(frozen=True, slots=True)
class Kept:
    """`heard` is what the live stream told meanwhile, `written` the places of the own writes."""

    house: House
    brought: Brought
    changed: Changed
    seen: Seen
    heard: Sequence[Heard]
    written: Sequence[int]
    verification: Json


async def keep_quarter(
    console: Console, api: Api, origin: str, issuer: LocalIssuer, tenant: str, file: OkrFile
) -> Kept:
    """Raises DemoFailed."""
    told_before = len(api.written.get("okr", ()))
    as_colleague = issuer.issue("owner", tenant, subject=_COLLEAGUE)
    async with (
        Api(origin, as_colleague) as colleague,
        listening(origin, issuer.issue("viewer", tenant)) as listener,
    ):
        house = await settle(api, file.quarter)
        brought = await _bring_in(console, api, house, file)
        with console.status("living with it for a quarter"):
            changed = await Keeper(api, colleague, house, file.story).keep()
            seen = await look(api, house, file.story, changed)
            written = api.written["okr"][told_before:] + colleague.written["okr"]
            heard = await _heard(listener, written)
            verification = await verified(api)
    return Kept(house, brought, changed, seen, heard, written, verification)


async def _bring_in(console: Console, api: Api, house: House, file: OkrFile) -> Brought:
    cycle_id, rows = house.quarter.id, file.counts().nodes
    with progress_bars(console) as progress:
        first = progress.add_task("rows of OKRs imported", total=rows)
        again = progress.add_task("the same rows again", total=rows)
        return Brought(
            await bring_in(
                api,
                cycle_id,
                file.content,
                "demo-import",
                lambda done: progress.update(first, completed=done),
            ),
            await bring_in(
                api,
                cycle_id,
                file.content,
                "demo-import-again",
                lambda done: progress.update(again, completed=done),
            ),
            await export(api, cycle_id),
        )


async def _heard(listener: Listener, written: Sequence[int]) -> list[Heard]:
    await listener.until(max(written))
    first, last = min(written), max(written)
    return [one for one in listener.heard if first <= one.seq <= last]
