"""What was read out of a catalogue's targets, and what was not, as tables."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from helmlog_local.company.kpi_file import KPIFile
from helmlog_local.demo.instruments.bringing_in import Imported
from helmlog_local.demo.screen import create_table, number

_SIGNS: Final = {
    "at_or_above": "≥",
    "above": ">",
    "at_or_below": "≤",
    "below": "<",
    "between": "",
    None: "",
}
_KINDS: Final = {
    "at_or_above": "at or above",
    "above": "above",
    "at_or_below": "at or below",
    "below": "below",
    "between": "between two bounds",
    None: "no side told",
}
_OF_EACH: Final = 2
_NOT_READ: Final = "target-not-understood"


def show_catalogue(console: Console, file: KPIFile, imported: Imported) -> None:
    answer = imported.answer
    read, unread = answer["targets_understood"], answer["targets_not_understood"]
    console.print(
        f"The KPI catalogue, {escape(file.source)}: {file.rows} rows in {imported.seconds:.1f} s, "
        f"{answer['created']} KPIs new, {len(answer['rejected'])} refused. Of their targets "
        f"[green]{read} were understood[/], {unread} were not, "
        f"{len(answer['rows']) - read - unread} say nothing."
    )
    table = create_table(
        "kind", "of them", "as people wrote it", "read as", "and noted",
        wraps=("as people wrote it", "read as", "and noted"), right=("of them",),
    )  # fmt: skip
    for row in _read(answer["rows"]):
        table.add_row(*row)
    console.print(table)
    table = create_table(
        "not understood, because", "of them", "for example", wraps=("for example",),
        right=("of them",),
    )  # fmt: skip
    for row in _unread(answer["rows"]):
        table.add_row(*row)
    console.print(table)
    console.print(
        "Nothing is guessed: these KPIs have no target until somebody says it.", style="dim"
    )


def in_words(target: Any) -> str:
    """What was read: "≥ 95 % of all contacts", "< 90 seconds, 80th percentile"."""
    upper = "" if target["upper"] is None else f" to {number(target['upper'])}"
    parts = (
        _SIGNS[target["comparison"]],
        f"{number(target['number'])}{upper}",
        target["unit"],
        target["rate"],
        f"of {target['of']}" if target["of"] else None,
    )
    said = " ".join(part for part in parts if part)
    return said if target["statistic"] is None else f"{said}, {target['statistic']}"


def _read(rows: Sequence[Any]) -> Iterator[tuple[str, ...]]:
    for comparison, kind in _KINDS.items():
        found = [row for row in rows if row["target"] and row["target"]["comparison"] == comparison]
        for place, row in enumerate(_telling(found)):
            of_them = ("", "") if place else (kind, str(len(found)))
            words, noted = escape(in_words(row["target"])), "; ".join(_notes(row))
            yield *of_them, escape(row["phrase"]), f"[green]{words}[/]", f"[dim]{noted}[/]"


def _telling(rows: Sequence[Any]) -> list[Any]:
    """Those of which most was read; of the same phrases one."""
    names = ("upper", "unit", "rate", "of", "statistic")
    once = {row["phrase"].lower(): row for row in reversed(rows)}
    return sorted(
        once.values(), key=lambda row: -sum(row["target"][name] is not None for name in names)
    )[:_OF_EACH]


def _notes(row: Any) -> Iterator[str]:
    if row["target"]["left_over"]:
        yield f"left over: {escape('; '.join(row['target']['left_over']))}"
    if row["target"]["comparison"] is None:
        yield "not judged until a side is told"


def _unread(rows: Sequence[Any]) -> Iterator[tuple[str, ...]]:
    """The reasons, the most frequent first, with the shortest phrase of each."""
    reasons = [
        (note["detail"].partition(": ")[0], row["phrase"])
        for row in rows
        for note in row["notes"]
        if note["code"] == _NOT_READ
    ]
    for reason, count in Counter(reason for reason, _ in reasons).most_common():
        example = min((phrase for said, phrase in reasons if said == reason), key=len)
        yield reason, str(count), escape(example)
