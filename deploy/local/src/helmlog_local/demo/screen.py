"""How the demo looks: on a terminal, and where there is none."""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from rich import box
from rich.console import Console, JustifyMethod
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

_WIDEST = 144
_BAR = 10

STATUS_STYLES = {
    "on_track": "green",
    "behind": "yellow",
    "at_risk": "red",
    "outdated": "magenta",
    "closed": "cyan",
    "not_measured": "dim",
}


def create_console() -> Console:
    """Tables need some width; a terminal says its own, a log file takes any."""
    if not sys.stdout.isatty():
        return Console(width=_WIDEST, highlight=False)
    console = Console(highlight=False)
    return Console(width=min(console.width, _WIDEST), highlight=False)


@contextmanager
def progress_bars(console: Console) -> Iterator[Progress]:
    columns = (
        TextColumn("  {task.description:<26}"),
        BarColumn(bar_width=40),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, refresh_per_second=8) as progress:
        yield progress


def create_table(*columns: str, wraps: Collection[str] = (), right: Collection[str] = ()) -> Table:
    """Columns in `wraps` give way where the terminal is narrow, before any other is cut."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        justify: JustifyMethod = "right" if column in right else "left"
        table.add_column(column, justify=justify, no_wrap=column not in wraps)
    return table


def heading(console: Console, title: str, words: str = "") -> None:
    console.print()
    console.rule(f"[bold]{title}", align="left", style="blue")
    if words:
        console.print(words, style="dim")


def share(value: str | None) -> str:
    return "-" if value is None else f"{Decimal(value):.0%}"


def share_bar(value: str | None) -> str:
    """Ten characters for 0 to 1, and the number."""
    if value is None:
        return "not measured"
    full = round(Decimal(value) * _BAR)
    return f"{'█' * full}{'·' * (_BAR - full)} {share(value):>4}"


def number(value: str | None) -> str:
    """As short as it can be without losing what matters: four significant digits or whole."""
    if value is None:
        return "-"
    exact = Decimal(value)
    if exact == exact.to_integral_value() or abs(exact) >= 1000:  # noqa: PLR2004 - whole above
        return f"{exact:.0f}"
    return f"{exact:.4g}"


def grade(value: str | None, band: str | None) -> str:
    """From 0 to 1, in the colour of its band; nothing where there is none."""
    return "" if value is None else f"[{band or 'white'}]{Decimal(value):.2f}[/]"


def status(name: str) -> str:
    return f"[{STATUS_STYLES.get(name, 'white')}]{name.replace('_', ' ')}[/]"


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
