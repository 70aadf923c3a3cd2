"""What the witness says: two times, history, verification; and the figures."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape

from helmlog_local.company.load import Company
from helmlog_local.company.plan import Cycle
from helmlog_local.company.series import tally
from helmlog_local.demo.histories import chain, in_words, place, titles
from helmlog_local.demo.looking_back import View
from helmlog_local.demo.outcome import Outcome
from helmlog_local.demo.playing import Played
from helmlog_local.demo.screen import create_table, heading, moment, number, share

_EXCERPT = 12


def show_views(console: Console, cycle: Cycle, board: Any, views: Sequence[View]) -> None:
    heading(
        console,
        f"{cycle.name} as of two times",
        "valid_at: as it was true then. known_at: as far as it was known then. The last columns "
        "ask for the same day, before and after a late correction was told.",
    )
    table = create_table(
        "objective / key result",
        *(_column(view) for view in views),
        wraps=("objective / key result",),
    )
    for objective in board["objectives"]:
        shares = [share(view.objectives.get(objective["id"])) for view in views]
        table.add_row(
            f"[bold]{escape(objective['title'])}[/]", *(f"[bold]{one:>4}[/]" for one in shares)
        )
        for part in objective["key_results"]:
            told = [_measured(view.measured.get(part["id"])) for view in views]
            style = "yellow" if told[-1] != told[-2] else None
            table.add_row(f"  {escape(part['title'])}", *told, style=style)
    table.add_row(
        "[dim]digest of the report[/]", *(f"[dim]{view.digest[:12]}[/]" for view in views)
    )
    console.print(table)
    differing = sorted({title for view in views for title in view.differing})
    compared = sum(view.compared for view in views)
    if differing:
        console.print(
            f"[red]okr-service and audit-service differ on: {escape(', '.join(differing))}[/]"
        )
    else:
        console.print(
            f"okr-service's board and audit-service's report agree on all {compared} figures."
        )


def _column(view: View) -> str:
    return f"{view.title}\nvalid {view.valid_at:%Y-%m-%d}\nknown {view.known_at:%H:%M:%S}"


def _measured(measured: Any) -> str:
    if measured is None or measured["progress"] is None:
        return "-"
    value = "" if measured["value"] is None else f"  ({number(measured['value'])})"
    return f"{share(measured['progress']):>4}{value}"


def show_history(console: Console, cycle: Cycle, history: Sequence[Any]) -> None:
    counts = Counter(item["type"] for item in history).most_common()
    heading(
        console,
        f"From the history of {cycle.name}: {len(history):,} events of all services in one order",
        ", ".join(f"{count} {kind}" for kind, count in counts),
    )
    found, names = chain(history), titles(history)
    table = create_table(
        "event", "type", "says", "occurred", "recorded", "because of", wraps=("says",)
    )
    for item in (found or history)[:_EXCERPT]:
        table.add_row(
            place(item),
            item["type"],
            escape(in_words(item, names)),
            moment(datetime.fromisoformat(item["occurred_at"])),
            f"{datetime.fromisoformat(item['recorded_at']):%H:%M:%S.%f}"[:-3],
            item["cause"] or f"[dim]{item['actor']}[/]",
        )
    console.print(table)
    if found:
        console.print("One breach, from the reading up to the objectives it concerns.", style="dim")


def show_verification(console: Console, verification: Any) -> None:
    heading(
        console,
        "Verification of the log",
        "Every hash recomputed from the services' own databases, and held against the journal.",
    )
    table = create_table(
        "log", "entries", "last seq", "readings", right=("entries", "last seq", "readings")
    )
    for log in verification["logs"]:
        readings = "" if log["readings"] is None else f"{log['readings']:,}"
        table.add_row(log["source"], f"{log['entries']:,}", f"{log['last_seq']:,}", readings)
    console.print(table)
    entries = sum(log["entries"] for log in verification["logs"])
    if verification["holds"]:
        console.print(f"[green]All {entries:,} entries hold:[/] none missing, none altered.")
    for finding in verification["findings"]:
        console.print(
            f"[red]{finding['source']} {finding['seq']}: {finding['finding']}[/] "
            f"({finding['place']}): {escape(finding['detail'])}"
        )


def show_figures(
    console: Console, company: Company, played: Played, outcome: Outcome, seconds: float
) -> None:
    heading(
        console,
        "Figures of this run",
        "On this machine, with everything on it; 'make bench' measures.",
    )
    sent = [tally(series.readings) for series in company.series]
    new = sum(one.instants for one in sent)
    corrections = sum(one.corrected for one in sent)
    duplicates = sum(one.duplicates for one in sent)
    instants = sum(one.instants for one in outcome.stored.values())
    corrected = sum(one.corrected for one in outcome.stored.values())
    overall = _rate(played.readings, played.judged)
    largest = _rate(played.largest.readings, played.largest.judged)
    rows = (
        ("sent", f"{played.readings:,} readings in {played.messages:,} messages"),
        ("of them", f"{new:,} new, {corrections:,} corrections, {duplicates:,} duplicates"),
        ("read back", f"{instants:,} instants, {corrected:,} corrections kept beside them"),
        ("acknowledged by Kafka", _rate(played.readings, played.acknowledged)),
        ("stored and judged", f"{overall} from the first byte sent to the last portion's last"),
        ("the largest portion", f"{largest}, {played.largest.readings:,} readings"),
        ("key results followed", f"{played.waited:.0f} s of waiting, {len(played.portions)} times"),
        ("the whole demo", f"{seconds:.0f} s"),
    )
    table = create_table("what", "figure", wraps=("figure",))
    table.show_header = False
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _rate(count: int, seconds: float) -> str:
    return f"{count / seconds:,.0f} readings/s"


def show_where_to_go(console: Console, origin: str, tenant: str, paths: Sequence[str]) -> None:
    heading(console, "Where to go on")
    lines = (
        f"export TOKEN=$(make -s token ROLE=admin TENANT={tenant})",
        *(f"curl -sH \"Authorization: Bearer $TOKEN\" '{origin}{path}'" for path in paths),
        "",
        f"Descriptions of all routes: {origin}/okr/docs, /kpi/docs, /alignment/docs, /audit/docs",
        "Another company beside this one: make demo. The end of all: make stop.",
    )
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)
