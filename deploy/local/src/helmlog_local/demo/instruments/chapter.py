"""What the company's instruments can do, played one after the other, and all that was seen."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from rich.console import Console

from helmlog_local.company.instrument_story import InstrumentStory
from helmlog_local.company.kpi_file import KPIFile
from helmlog_local.company.load import Company
from helmlog_local.demo.api import Api
from helmlog_local.demo.instruments.bringing_in import Imported, bring_in
from helmlog_local.demo.instruments.dealing import Dealt, deal
from helmlog_local.demo.instruments.deriving import Derived, derive
from helmlog_local.demo.instruments.feeding import Fed, feed_instrument
from helmlog_local.demo.instruments.foretelling import Foretold, foretell
from helmlog_local.demo.instruments.trying import Tried, try_suggestions
from helmlog_local.demo.outcome import verified
from helmlog_local.demo.screen import progress_bars
from helmlog_local.demo.telling import Told

Json = Any
POINTS: Final = 36
COLLEAGUE: Final = "colleague@local"
_STEPS: Final = 5


@dataclass(frozen=True, slots=True)
class Instruments:
    """`charts` are those of the company's KPIs, by slug; `seconds` is how long it took in all."""

    imported: Imported
    fed: Fed
    dealt: Dealt
    derived: Derived
    foretold: Foretold
    tried: list[Tried]
    charts: Mapping[str, Json]
    verification: Json
    seconds: float


class Scene(NamedTuple):
    """Where it is played: a company that was told, and its services; `colleague` is the token of
    another who deals with breaches.
    """

    api: Api
    origin: str
    colleague: str
    company: Company
    told: Told


async def play_instruments(
    console: Console, scene: Scene, file: KPIFile, story: InstrumentStory
) -> Instruments:
    """Raises DemoFailed."""
    began = time.monotonic()
    api, origin, as_colleague, company, told = scene
    series = {one.slug: one for one in company.series}
    with progress_bars(console) as progress:
        steps = progress.add_task("instruments", total=_STEPS)
        trials = progress.add_task("policies tried", total=len(company.series))
        imported = await bring_in(api, file)
        progress.advance(steps)
        fed = await feed_instrument(api, origin, company, story.fed, story.window)
        progress.advance(steps)
        async with Api(origin, as_colleague) as colleague:
            dealt = await deal(api, colleague, company)
        progress.advance(steps)
        derived = await derive(api)
        progress.advance(steps)
        foretold = await foretell(api, series[story.foretold], story.foretold_at)
        progress.advance(steps)
        tried = await try_suggestions(
            api, company, told, lambda count: progress.advance(trials, count)
        )
    with console.status("drawing, and verifying the log once more"):
        charts = {
            slug: await api.get(f"/kpi/v1/kpis/{kpi_id}/chart", points=POINTS)
            for slug, kpi_id in told.kpis.items()
        }
        verification = await verified(api)
    return Instruments(
        imported=imported,
        fed=fed,
        dealt=dealt,
        derived=derived,
        foretold=foretold,
        tried=tried,
        charts=charts,
        verification=verification,
        seconds=time.monotonic() - began,
    )
