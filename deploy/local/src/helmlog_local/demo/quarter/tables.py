"""A quarter of OKRs, as tables: what was brought in and done, and what became of it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape

from helmlog_local.company.okr_file import OkrFile
from helmlog_local.demo.quarter.bringing_in import Import
from helmlog_local.demo.quarter.changes import COMMENT
from helmlog_local.demo.quarter.house import PEOPLE, UNITS
from helmlog_local.demo.quarter.kept import SECTIONS, Kept
from helmlog_local.demo.quarter.listening import gaps
from helmlog_local.demo.quarter.trees import show_tree
from helmlog_local.demo.screen import (
    create_table,
    grade,
    heading,
    moment,
    number,
    share,
    share_bar,
    status,
)

_BEST = 5
_HITS = 5


def show_quarter(console: Console, file: OkrFile, kept: Kept) -> None:
    _show_file(console, file, kept)
    _show_steps(console, kept)
    show_tree(console, kept.house.quarter.cycle.name, kept.seen.tree)
    _show_retrospective(console, kept)
    _show_search(console, file, kept)
    _show_why(console, kept)
    _show_stream(console, kept)


def introduce(console: Console, file: OkrFile) -> None:
    heading(
        console,
        "A quarter of OKRs, as people keep them",
        f"A file of {file.counts().nodes} rows, {file.source}: brought in, lived with, graded, "
        "and carried into the next quarter.",
    )


def _show_file(console: Console, file: OkrFile, kept: Kept) -> None:
    house, following = kept.house, kept.house.following.cycle
    cycle, brought = house.quarter.cycle, kept.brought
    console.print(
        f"{cycle.name} runs from {cycle.starts_on} to {cycle.ends_on}, as the fiscal calendar has "
        f"it; after it comes {following.name}. The house has {len(UNITS)} units, {len(PEOPLE)} "
        f"people, and a strategy of {len(house.pillars)} pillars: {', '.join(house.pillars)}."
    )
    table = create_table(
        "import", "objectives", "key results", "check-ins", "grades", "updated", "unchanged",
        "refused", "seconds",
        right=("objectives", "key results", "check-ins", "grades", "updated", "unchanged",
               "refused", "seconds"),
    )  # fmt: skip
    table.add_row("the file", *_counted(brought.first))
    table.add_row("the same file again", *_counted(brought.again))
    console.print(table)
    if brought.exported == file.content:
        console.print(
            f"[green]Exported, it is the file that came in, byte for byte:[/] "
            f"{len(file.content):,} bytes."
        )
    else:
        console.print("[red]Exported, it is not the file that came in.[/]")
    notes = len(brought.first.answer["notes"])
    console.print(
        f"{notes} notes say what was read from words as '7 of 8' or 'Not started', and what was "
        "kept as words alone: no data is never 0 %.",
        style="dim",
    )


def _counted(one: Import) -> list[str]:
    created = one.answer["created"].values()
    sums = (sum(one.answer[name].values()) for name in ("updated", "unchanged"))
    refused = len(one.answer["rejected"])
    return [*(f"{count:,}" for count in (*created, *sums, refused)), f"{one.seconds:.2f}"]


def _show_steps(console: Console, kept: Kept) -> None:
    heading(console, "What people did with it")
    table = create_table("what", "how", wraps=("how",))
    table.show_header = False
    for what, how in _steps(kept):
        table.add_row(what, escape(how))
    console.print(table)


def _steps(kept: Kept) -> Iterator[tuple[str, str]]:
    house, changed, seen = kept.house, kept.changed, kept.seen
    before, after = seen.before.shown, seen.after.shown
    values = ", ".join(f"{number(value)} %" for value in changed.values)
    yield "a title revised", f"{changed.renamed['title']}: {changed.why_renamed}"
    yield "a comment on it", COMMENT
    yield "check-ins", f"{changed.measured.title}: {values}"
    yield "the last acknowledged", f"by {changed.acknowledged_by}, who did not write it"
    since = moment(changed.rebased_at)
    targets = f"{number(before['target'])} % to {number(after['target'])} %"
    yield "its target rebased", f"{targets}, told now, holding since {since}"
    yield "an initiative for it", f"{changed.initiative['title']}: {changed.initiative['state']}"
    made = len(changed.instantiated["key_results"])
    yield "from the catalogue", f"{changed.instantiated['title']}, with {made} key results"
    yield "a copy of that", f"in {house.current.cycle.name}, the quarter we are in"
    graded = changed.graded
    yield "a key result graded", f"{graded['title']}: {Decimal(graded['grade']):.2f}"
    yield "closed", f"the {len(changed.closed)} objectives all key results of which are graded"
    left = len(changed.carried_to["key_results"])
    following = house.following.cycle.name
    draft = f"a draft in {following}, with {left} key results"
    yield "carried over", f"{changed.carried.title}: {draft}"


def _show_retrospective(console: Console, kept: Kept) -> None:
    seen = kept.seen
    summary = seen.retrospective["summary"]
    heading(console, f"Retrospective of {kept.house.quarter.cycle.name}")
    names = [section.replace("_", " ") for section in SECTIONS]
    table = create_table(*names, "mean grade", right=(*names, "mean grade"))
    table.add_row(*(str(summary[name]) for name in SECTIONS), grade(summary["mean_grade"], None))
    console.print(table)
    best = sorted(
        seen.retrospective["achieved"], key=lambda one: (-float(one["grade"] or 0), one["title"])
    )
    table = create_table(
        "achieved", "owner", "key results", "grade",
        wraps=("achieved",), right=("key results", "grade"),
    )  # fmt: skip
    for one in best[:_BEST]:
        owner, parts = escape(one["owner"] or ""), str(one["key_results"])
        table.add_row(escape(one["title"]), owner, parts, grade(one["grade"], one["band"]))
    console.print(table)
    heroes = ", ".join(
        f"{escape(one['name'])} ({one['objectives'] + one['key_results']})"
        for one in seen.heroes[:_BEST]
    )
    console.print(f"Most achieved: {heroes}.")
    pillars = [one for one in seen.coverage["served"] if one["kind"] == "pillar"]
    idle = ", ".join(one["name"] for one in pillars if not one["objectives"])
    console.print(f"Pillars that no objective says it serves: {idle or 'none'}.")
    current = kept.house.current.cycle.name
    console.print(f"Check-ins that come due within a week in {current}: {len(seen.due)}.")


def _show_search(console: Console, file: OkrFile, kept: Kept) -> None:
    found = kept.seen.found
    heading(console, f"Searched for '{file.story.searched}': {len(found)} places")
    table = create_table("kind", "text", wraps=("text",))
    for hit in found[:_HITS]:
        table.add_row(hit["type"].replace("_", " "), _highlighted(hit))
    console.print(table)


def _highlighted(hit: Any) -> str:
    """What was found within its text; in a title, within the whole of it."""
    pieces = hit["snippet"]
    if not any(piece["found"] for piece in pieces):
        return escape(hit["title"])
    marked = "".join(
        f"[bold yellow]{escape(piece['text'])}[/]" if piece["found"] else escape(piece["text"])
        for piece in pieces
    )
    excerpt = "".join(piece["text"] for piece in pieces)
    before, among, after = hit["title"].partition(excerpt)
    return f"{escape(before)}{marked}{escape(after)}" if among else marked


def _show_why(console: Console, kept: Kept) -> None:
    seen, title = kept.seen, escape(kept.changed.measured.title)
    heading(console, f"Then and now, and why: {title}")
    table = create_table(
        "valid at", "value", "target", "progress", "status", "confidence",
        right=("value", "target", "confidence"),
    )  # fmt: skip
    for then in (seen.before, seen.after):
        shown = then.shown
        table.add_row(
            moment(then.valid_at),
            number(shown["value"]),
            number(shown["target"]),
            share_bar(shown["progress"]),
            status(shown["status"]),
            str(shown["confidence"]),
        )
    console.print(table)
    console.print(f"Its progress at the end, {share(seen.progress['value'])}, is explained by")
    console.print(f"  [bold]{escape(seen.progress['formula'])}[/], from")
    table = create_table("event", "type", "occurred", "recorded by")
    for event in seen.progress["events"]:
        occurred = event["occurred_at"][:16].replace("T", " ")
        table.add_row(event["reference"], event["type"], occurred, event["actor"])
    console.print(table)


def _show_stream(console: Console, kept: Kept) -> None:
    streams = len({one.stream for one in kept.heard})
    missing = len(list(gaps(kept.heard, kept.written)))
    heading(console, "Meanwhile")
    console.print(
        f"The live stream told {len(kept.heard):,} events of {streams} streams, from the first to "
        f"the last of {len(kept.written)} writes: "
        + (f"[red]{missing} gaps[/]." if missing else "[green]none is missing[/].")
    )
    entries = sum(log["entries"] for log in kept.verification["logs"])
    holds = "[green]hold[/]" if kept.verification["holds"] else "[red]do not hold[/]"
    console.print(f"All {entries:,} entries of all logs, these included, {holds}.")
