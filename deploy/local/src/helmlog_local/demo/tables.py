"""What to look at, as tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from helmlog_local.company.load import Company
from helmlog_local.company.plan import Cycle
from helmlog_local.company.thresholds import RULE_IN_WORDS
from helmlog_local.demo.comparison import Compared, Verdict, compare
from helmlog_local.demo.histories import episodes
from helmlog_local.demo.outcome import Outcome, Risk
from helmlog_local.demo.screen import (
    create_table,
    heading,
    moment,
    number,
    share,
    share_bar,
    status,
)
from helmlog_local.demo.telling import Told

_VERDICTS: dict[Verdict, str] = {
    "hit": "[green]hit[/]",
    "missed": "[red]missed[/]",
    "not judged": "[dim]not judged[/]",
    "outside": "[yellow]unmarked[/]",
}
_MOST_OUTSIDE = 3
_MOST_OVER = 6


def show_breaches(console: Console, company: Company, told: Told, outcome: Outcome) -> None:
    heading(console, "Breaches beside the times people marked", RULE_IN_WORDS)
    table = create_table(
        "KPI", "year", "marked by people", "breach", "severity", "compared", "note", wraps=("note",)
    )
    counted: dict[Verdict, int] = dict.fromkeys(_VERDICTS, 0)
    for series in company.series:
        found = compare(
            series.windows,
            outcome.breaches[series.slug],
            told.policies[series.slug].effective_from,
        )
        for one in found:
            counted[one.verdict] += 1
        _add_series(table, series.slug, found)
    console.print(table)
    console.print(
        f"{counted['hit']} of {counted['hit'] + counted['missed']} marked times hit, "
        f"{counted['outside']} breaches that nobody had marked"
        f"{_unjudged(counted['not judged'])}."
    )


def _unjudged(count: int) -> str:
    return f"; {count} marked times lie in what was learned from" if count else ""


def _add_series(table: Table, slug: str, found: Sequence[Compared]) -> None:
    outside = [one for one in found if one.verdict == "outside"]
    shown = [one for one in found if one.verdict != "outside" or one in outside[:_MOST_OUTSIDE]]
    name, year = slug, 0
    for one in shown:
        first = one.breaches[0] if one.breaches else None
        begins = first.opened_at if one.window is None and first is not None else _begin(one)
        more = f" +{len(one.breaches) - 1}" if len(one.breaches) > 1 else ""
        table.add_row(
            name,
            str(begins.year) if begins.year != year else "",
            "" if one.window is None else _span(one.window.begins, one.window.ends),
            "" if first is None else _span(first.opened_at, first.recovered_at) + more,
            "" if first is None else first.severity,
            _VERDICTS[one.verdict],
            "" if one.window is None else f"[dim]{escape(one.window.note)}[/]",
        )
        name, year = "", begins.year
    if len(outside) > _MOST_OUTSIDE:
        rest = len(outside) - _MOST_OUTSIDE
        table.add_row(name, "", "", f"and {rest} more", "", _VERDICTS["outside"], "")
    if not found:
        table.add_row(name, "", "nothing", "none", "", "", "")


def _begin(one: Compared) -> datetime:
    return one.breaches[0].opened_at if one.window is None else one.window.begins


def _span(begins: datetime, ends: datetime | None) -> str:
    if ends is None:
        return f"{begins:%m-%d %H:%M} → still open"
    end = f"{ends:%H:%M}" if ends.date() == begins.date() else f"{ends:%m-%d %H:%M}"
    return f"{begins:%m-%d %H:%M} → {end}"


def show_key_results(console: Console, cycle: Cycle, board: Any) -> None:
    expected = {share(one["expected_progress"]) for one in board["objectives"]}
    heading(
        console,
        f"Key results of {cycle.name}, from their baselines to where they stand",
        f"Expected by now: {', '.join(expected)}.",
    )
    table = create_table(
        "objective / key result", "moved by", "baseline → value", "target", "progress",
        "status", "rule", wraps=("objective / key result", "moved by"),
    )  # fmt: skip
    slugs = {part.title: part.kpi for one in cycle.objectives for part in one.key_results}
    for objective in _in_order(cycle, board):
        table.add_row(
            f"[bold]{escape(objective['title'])}[/]",
            "",
            "",
            "",
            f"[bold]{share_bar(objective['progress'])}[/]",
            status(objective["status"]),
            objective["status_rule"],
        )
        for part in objective["key_results"]:
            table.add_row(
                f"  {escape(part['title'])}",
                slugs[part["title"]] or "check-ins",
                _movement(part),
                f"{_target(part)} {part['unit'] or ''}".rstrip(),
                share_bar(part["progress"]),
                status(part["status"]),
                part["status_rule"],
            )
    console.print(table)


def _in_order(cycle: Cycle, board: Any) -> list[Any]:
    titles = [objective.title for objective in cycle.objectives]
    return sorted(board["objectives"], key=lambda one: titles.index(one["title"]))


def _movement(part: Any) -> str:
    if part["metric"] == "milestone":
        return f"{len(part['done'])} of {len(part['milestones'])} steps"
    if part["baseline"] is None:
        return f"now {number(part['value'])}"
    return f"{number(part['baseline'])} → {number(part['value'])}"


def _target(part: Any) -> str:
    match part["metric"]:
        case "stay_above":
            return f"≥ {number(part['lower'])}"
        case "stay_below":
            return f"≤ {number(part['upper'])}"
        case "stay_within":
            return f"{number(part['lower'])} to {number(part['upper'])}"
        case "milestone":
            return "all"
        case _:
            return number(part["target"])


def show_risks(console: Console, outcome: Outcome) -> None:
    heading(
        console,
        "Objectives at risk, and why",
        "The effect is the share of an objective's roll-up that hangs on the KPI in breach.",
    )
    if outcome.risks:
        table = create_table(
            "at risk now", "cycle", "because of", "effect", wraps=("at risk now", "effect")
        )
        for risk in outcome.risks:
            _add_risk(table, risk)
        console.print(table)
    else:
        console.print("None now: every breach has recovered.")
    over = [one for one in episodes(outcome.history) if one.ended_at is not None]
    if over:
        table = create_table("was at risk", "because of", "from", "until", wraps=("was at risk",))
        for one in over[-_MOST_OVER:]:
            table.add_row(
                escape(one.objective),
                f"{one.kpi} {one.severity}",
                moment(one.since),
                "" if one.ended_at is None else moment(one.ended_at),
            )
        console.print(table)
        if len(over) > _MOST_OVER:
            console.print(f"and {len(over) - _MOST_OVER} times before.", style="dim")


def _add_risk(table: Table, risk: Risk) -> None:
    rule = risk.rule
    why = f"{rule['when']} {number(rule['value'])}, {rule['for_readings']} readings in a row"
    effects = [f"{share(one['effect']):>4} of {escape(one['title'])}" for one in risk.affected]
    table.add_row(
        f"[red]{escape(risk.objective)}[/]",
        risk.cycle,
        f"{risk.kpi} {risk.breach.severity}\nsince {moment(risk.breach.opened_at)}\n{why}",
        "\n".join(effects),
    )


def show_roll_up(console: Console, company: Company, outcome: Outcome) -> None:
    heading(console, "Roll-up: what counts into what")
    table = create_table(
        "objective", "counts into", "roll-up", "state", wraps=("objective", "counts into")
    )
    for cycle in company.plan.cycles:
        nodes = {node["title"]: node for node in outcome.graphs[cycle.name]["nodes"]}
        states = {one["title"]: one["state"] for one in outcome.boards[cycle.name]["objectives"]}
        above = {one.title: one.contributes_to for one in cycle.objectives}
        table.add_row(f"[bold]{cycle.name}[/]", "", "", "")
        for depth, objective in _tree(cycle):
            node = nodes[objective]
            table.add_row(
                "  " * (depth + 1) + escape(objective),
                escape(above[objective] or ""),
                share_bar(node["roll_up"]),
                states[objective] + (", [red]at risk[/]" if node["at_risk"] else ""),
            )
    console.print(table)


def _tree(cycle: Cycle) -> list[tuple[int, str]]:
    """Objectives under what they contribute to, with their depth."""
    owner_of = {part.title: one.title for one in cycle.objectives for part in one.key_results}
    above = {
        one.title: owner_of.get(one.contributes_to, one.contributes_to)
        for one in cycle.objectives
        if one.contributes_to is not None
    }
    order: list[tuple[int, str]] = []

    def descend(title: str, depth: int) -> None:
        order.append((depth, title))
        for one in cycle.objectives:
            if above.get(one.title) == title:
                descend(one.title, depth + 1)

    for one in cycle.objectives:
        if one.title not in above:
            descend(one.title, 0)
    return order
