"""Plays a company into the running stack and says what to look at: python -m helmlog_local.demo."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from rich.console import Console
from rich.progress import TaskID

from helmlog_local.company.instrument_story import InstrumentStory, load_instrument_story
from helmlog_local.company.kpi_file import KPIFile, load_kpi_file
from helmlog_local.company.load import Company, load_company
from helmlog_local.company.okr_file import OkrFile, load_okr_file
from helmlog_local.company.plan import Cycle
from helmlog_local.company.recorded import RecordingUnreadable
from helmlog_local.demo import proof_tables, tables
from helmlog_local.demo.api import Api, DemoFailed
from helmlog_local.demo.instruments import tables as instrument_tables
from helmlog_local.demo.instruments.chapter import COLLEAGUE, Scene, play_instruments
from helmlog_local.demo.instruments.shortcomings import shortcomings as instrument_shortcomings
from helmlog_local.demo.looking_back import View, look_back
from helmlog_local.demo.outcome import Outcome, collect
from helmlog_local.demo.playing import Bars, Played, Player
from helmlog_local.demo.quarter import tables as quarter_tables
from helmlog_local.demo.quarter.kept import keep_quarter
from helmlog_local.demo.quarter.shortcomings import shortcomings as quarter_shortcomings
from helmlog_local.demo.screen import create_console, progress_bars
from helmlog_local.demo.shortcomings import shortcomings
from helmlog_local.demo.telling import Told, tell_correction, tell_kpis
from helmlog_local.demo.tenants import fresh_tenant
from helmlog_local.issuer import LocalIssuer
from helmlog_local.services import HOST
from helmlog_local.settings import StackSettings, load_settings
from helmlog_local.state import StateFolder


class Files(NamedTuple):
    """What the later chapters are told from."""

    okrs: OkrFile
    kpis: KPIFile
    story: InstrumentStory


def main() -> int:
    console = create_console()
    try:
        settings = load_settings()
        _require_stack(settings)
        files = Files(load_okr_file(), load_kpi_file(), load_instrument_story())
        return asyncio.run(_demo(console, settings, load_company(), files))
    except (DemoFailed, RecordingUnreadable, ValueError) as error:
        print(f"helmlog demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _require_stack(settings: StackSettings) -> None:
    running = StateFolder(settings.data_dir).running()
    if running is None:
        raise DemoFailed("no stack is running; 'make run' starts one, 'make demo' does both")
    if running.phase != "ready":
        raise DemoFailed("the stack is still starting; 'make status' says how far it is")


async def _demo(console: Console, settings: StackSettings, company: Company, files: Files) -> int:
    began = time.monotonic()
    origin = f"http://{HOST}:{settings.gateway_port}"
    cycle = company.shown
    issuer = LocalIssuer(settings.issuer_folder)
    async with fresh_tenant(origin, issuer) as (tenant, api):
        _introduce(console, company, tenant)
        told, played = await _play(console, api, settings, company, tenant)
        before = datetime.now(UTC)
        await tell_correction(api, cycle, company.plan.correction, told)
        with console.status("waiting until alignment and audit know all of it"):
            outcome = await collect(api, company, told)
            views = await _look_back(api, cycle, told.cycles[cycle.name], before)
        _show_company(console, company, told, outcome, views)
        quarter_tables.introduce(console, files.okrs)
        kept = await keep_quarter(console, api, origin, issuer, tenant, files.okrs)
        quarter_tables.show_quarter(console, files.okrs, kept)
        instrument_tables.introduce(console)
        colleague = issuer.issue("owner", tenant, subject=COLLEAGUE)
        scene = Scene(api, origin, colleague, company, told)
        instruments = await play_instruments(console, scene, files.kpis, files.story)
    instrument_tables.show_instruments(console, company, files.kpis, instruments)
    proof_tables.show_figures(console, company, played, outcome, time.monotonic() - began)
    paths = _paths(told.cycles[cycle.name], kept.house.quarter.id, files.story)
    proof_tables.show_where_to_go(console, origin, tenant, list(paths))
    found = [
        *shortcomings(company, outcome, views),
        *quarter_shortcomings(files.okrs, kept),
        *instrument_shortcomings(files.kpis, instruments),
    ]
    for shortcoming in found:
        print(f"helmlog demo: {shortcoming}", file=sys.stderr)
    return 1 if found else 0


def _show_company(
    console: Console, company: Company, told: Told, outcome: Outcome, views: Sequence[View]
) -> None:
    cycle, board = company.shown, outcome.boards[company.shown.name]
    tables.show_breaches(console, company, told, outcome)
    tables.show_key_results(console, cycle, board)
    tables.show_risks(console, outcome)
    tables.show_roll_up(console, company, outcome)
    proof_tables.show_views(console, cycle, board, views)
    proof_tables.show_history(console, cycle, outcome.history)
    proof_tables.show_verification(console, outcome.verification)


def _paths(cycle_id: str, quarter_id: str, story: InstrumentStory) -> Iterator[str]:
    """What is worth a look; `quarter_id` is the cycle whose OKRs came from a file."""
    yield f"/okr/v1/cycles/{cycle_id}/board"
    yield f"/alignment/v1/cycles/{cycle_id}/graph"
    yield f"/audit/v1/cycles/{cycle_id}/history"
    yield f"/audit/v1/cycles/{cycle_id}/report"
    yield "/audit/v1/verification"
    for view in ("board", "tree", "retrospective"):
        yield f"/okr/v1/cycles/{quarter_id}/{view}"
    yield "/kpi/v1/health-overview"
    yield "/kpi/v1/breaches?state=open"
    yield f"/kpi/v1/kpis/{story.foretold}/values?period=month"
    at = f"{story.foretold_at:%Y-%m-%dT%H:%M:%SZ}"
    yield f"/kpi/v1/kpis/{story.foretold}/forecast?period=day&within=month&valid_at={at}"


def _introduce(console: Console, company: Company, tenant: str) -> None:
    cycles = ", ".join(cycle.name for cycle in company.plan.cycles)
    console.rule("[bold]Helmlog: a company's quarters, played", style="blue", align="left")
    console.print(
        f"{company.readings:,} readings of {len(company.series)} KPIs: {company.source}.\n"
        f"Planned in {cycles}; looked at closely: {company.shown.name}. Tenant: {tenant}.",
    )
    console.print(
        "All goes through REST and Kafka, at full speed. A KPI's value is published once a second "
        "at most, so the readings come in portions, and each waits until the key results have "
        "followed. Each demo takes a fresh tenant, for what is in a log stays in it.",
        style="dim",
    )
    console.print()


async def _play(
    console: Console, api: Api, settings: StackSettings, company: Company, tenant: str
) -> tuple[Told, Played]:
    objectives = sum(len(cycle.objectives) for cycle in company.plan.cycles)
    with progress_bars(console) as progress:
        defined = progress.add_task("KPIs and thresholds", total=len(company.series))
        planned = progress.add_task("objectives", total=objectives)
        produced = progress.add_task("readings in Kafka", total=company.readings)
        judged = progress.add_task("readings stored, judged", total=company.readings)

        def advance(task: TaskID) -> Callable[[int], None]:
            return lambda count: progress.advance(task, count)

        told = await tell_kpis(api, company, advance(defined))
        bars = Bars(advance(planned), advance(produced), advance(judged))
        player = Player(api, tenant, company, told, bars)
        return told, await player.play(f"{HOST}:{settings.kafka_port}")


async def _look_back(api: Api, cycle: Cycle, cycle_id: str, before: datetime) -> list[View]:
    now = datetime.now(UTC)
    end = cycle.ends_at - timedelta(microseconds=1)
    return [
        await look_back(api, cycle_id, "end", valid_at=end, known_at=now),
        await look_back(api, cycle_id, "middle, before", valid_at=cycle.middle, known_at=before),
        await look_back(api, cycle_id, "middle, now", valid_at=cycle.middle, known_at=now),
    ]


if __name__ == "__main__":
    sys.exit(main())
