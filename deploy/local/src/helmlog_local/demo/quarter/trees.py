"""The first levels of a cycle's tree, as a table."""

from collections.abc import Iterator
from textwrap import shorten
from typing import Any

from rich.console import Console
from rich.markup import escape

from helmlog_local.demo.quarter.house import PEOPLE
from helmlog_local.demo.screen import create_table, grade, heading, share_bar, status

# How many are shown below a root, and below each of those.
_SHOWN = (4, 2)
# Real titles run over whole paragraphs.
_LONGEST = 72
_NAMES = {slug: name for slug, name, _ in PEOPLE}


def show_tree(console: Console, cycle: str, tree: Any) -> None:
    heading(
        console,
        f"The tree of {cycle}",
        f"{tree['objectives']} objectives and {tree['key_results']} key results; the first levels.",
    )
    table = create_table(
        "objective / key result", "owner", "progress", "status", "grade",
        wraps=("objective / key result", "owner"), right=("grade",),
    )  # fmt: skip
    for root in tree["roots"]:
        for row in _rows(root, 0):
            table.add_row(*row)
    console.print(table)


def _rows(node: Any, depth: int) -> Iterator[tuple[str, ...]]:
    title = escape(shorten(node["title"], _LONGEST - 2 * depth, placeholder=" …"))
    yield (
        "  " * depth + (f"[bold]{title}[/]" if "state" in node else title),
        escape(_NAMES.get(node["owner"], node["owner"] or "")),
        share_bar(node["progress"]),
        status(node["status"]),
        grade(node["grade"], node["band"]),
    )
    below = [*node.get("key_results", ()), *node["objectives"]]
    shown = below[: _SHOWN[depth]] if depth < len(_SHOWN) else []
    for one in shown:
        yield from _rows(one, depth + 1)
    if len(below) > len(shown) and depth < len(_SHOWN):
        yield ("  " * (depth + 1) + f"[dim]and {len(below) - len(shown)} more[/]", "", "", "", "")
