"""What kpi-service makes of readings: derived values, forecasts, trials, courses; as tables."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from helmlog_local.company.load import Company
from helmlog_local.demo.instruments.deriving import Derived
from helmlog_local.demo.instruments.drawing import line_of
from helmlog_local.demo.instruments.foretelling import Foretold
from helmlog_local.demo.instruments.trying import Tried
from helmlog_local.demo.screen import create_table, heading, number, share

_NAMES: Final = {"proposed": "suggested", "current": "in force"}
_MINUTES_AN_HOUR: Final = 60


def show_derived(console: Console, derived: Derived) -> None:
    adopted = derived.adopted
    formula = adopted["formula"]
    inputs = {one["name"]: one["slug"] for one in adopted["inputs"]}
    heading(
        console,
        f"{adopted['name']}, adopted from the catalogue with what it is made of",
        f"{adopted['definition']} By {formula['period']}: {formula['expression']}.",
    )
    table = create_table(
        "month", *inputs.values(), "value", "because of", right=(*inputs.values(), "value"),
        wraps=("because of",),
    )  # fmt: skip
    for lineage in derived.lineages:
        values = {one["name"]: number(one["value"]) for one in lineage["inputs"]}
        if lineage["value"] is None:
            value, why = (
                "[yellow]none[/]",
                f"[yellow]{escape(lineage['reason'])}[/]: no value, and not 0",
            )
        else:
            value = f"{Decimal(lineage['value']):.2f} {adopted['unit']}"
            why = _why(lineage)
        table.add_row(lineage["starts_at"][:7], *(values[name] for name in inputs), value, why)
    console.print(table)


def _why(lineage: Any) -> str:
    """The expression with what stood in it."""
    expression = lineage["formula"]["expression"]
    values = {one["name"]: number(one["value"]) for one in lineage["inputs"]}
    readings = sum(one["readings"] for one in lineage["inputs"])
    said = " ".join(values.get(word, word) for word in expression.split())
    return f"{said}, from {readings} readings"


def show_foretold(console: Console, foretold: Foretold) -> None:
    series, forecast, month = foretold.series, foretold.forecast, foretold.month
    at = datetime.fromisoformat(forecast["valid_at"])
    heading(
        console,
        f"{series.name} by the end of {at:%Y-%m}, as foretold on {at:%Y-%m-%d}",
        "From what was observed before that day alone; what came in the end stands below it.",
    )
    if month is None:
        console.print(f"[red]No forecast: {escape(forecast['reason'] or '')}[/]")
        return
    table = create_table("what", "figure", wraps=("figure",))
    table.show_header = False
    for what, figure in _foretold(foretold, month):
        table.add_row(what, figure)
    console.print(table)


def _foretold(foretold: Foretold, month: Any) -> Iterator[tuple[str, str]]:
    forecast, unit = foretold.forecast, foretold.series.unit
    yield "the month before", _figure(foretold.before["value"], unit)
    yield "so far", _figure(month["so_far"], unit)
    spans = " and ".join(
        f"{_figure(month[f'lower_{level}'])} to {_figure(month[f'upper_{level}'])} ({level} %)"
        for level in (80, 95)
    )
    yield "foretold", f"[bold]{_figure(month['value'], unit)}[/], {spans}"
    goal = _goal(month["goal"], unit)
    chance = f"{Decimal(month['chance']):.1%}" if month["chance"] else month["chance_absent"]
    yield "target", f"{goal}: met with a chance of [bold]{chance}[/]"
    came = Decimal(foretold.came["value"])
    met = "met" if _is_met(came, month["goal"]) else "missed"
    yield "came", f"[bold]{_figure(foretold.came['value'], unit)}[/], {_place(came, month)}; {met}"
    model, seasons = forecast["model"], [one for one in forecast["seasons"] if one["found"]]
    found = ", ".join(f"a {one['name']} of {one['length']} days" for one in seasons)
    yield "by", f"{model['name'].replace('_', ' ')}, seasons: {found or 'none'}; {model['why']}"
    trial = forecast["trial"]
    if trial is not None:
        yield "tried before", _trial(trial, unit)


def _trial(trial: Any, unit: str) -> str:
    score = trial["model"]
    off, naive = (_figure(one["mean_absolute_error"], unit) for one in (score, trial["naive"]))
    return (
        f"from {trial['origins']} earlier days, {trial['lead']} days ahead: off by {off} a day on "
        f"average ({naive} by the week before alone); {share(score['coverage_80'])} lay in the "
        f"80 % interval, {share(score['coverage_95'])} in that of 95 %"
    )


def _goal(goal: Any, unit: str) -> str:
    bounds = [_figure(goal[side], unit) for side in ("least", "most") if goal[side] is not None]
    return " to ".join(bounds)


def _is_met(value: Decimal, goal: Any) -> bool:
    least, most = goal["least"], goal["most"]
    return (least is None or value >= Decimal(least)) and (most is None or value <= Decimal(most))


def _place(value: Decimal, month: Any) -> str:
    for level in (80, 95):
        if Decimal(month[f"lower_{level}"]) <= value <= Decimal(month[f"upper_{level}"]):
            return f"[green]within the {level} % interval[/]"
    return "[yellow]outside of both intervals[/]"


def _figure(value: str | None, unit: str = "") -> str:
    if value is None:
        return "-"
    return f"{Decimal(value):,.0f} {unit}".rstrip()


def show_tried(console: Console, tried: Sequence[Tried]) -> None:
    heading(
        console,
        "Bounds that kpi-service suggests, tried on what came afterwards",
        "Suggested from each series' beginning, and run over the rest beside the policy in force: "
        "how many of the times that people marked they hit, and how soon. Nothing is recorded. "
        "Bounds are of a warning / of what is critical.",
    )
    table = create_table(
        "KPI", "policy", "bounds", "marked", "hit", "missed", "false alarms", "delay",
        wraps=("bounds",), right=("marked", "hit", "missed", "false alarms", "delay"),
    )  # fmt: skip
    for one in tried:
        for row in _tried(one):
            table.add_row(*row)
    console.print(table)
    for name, words in _NAMES.items():
        hits, misses, alarms = _sums(tried, name)
        console.print(
            f"All that is {words}: {hits} of {hits + misses} marked times hit, "
            f"{alarms} false alarms."
        )


def _tried(one: Tried) -> Iterator[tuple[str, ...]]:
    if one.backtest is None:
        why = escape(one.suggestion["reason"] or "")
        yield one.series.slug, "suggested", f"none: {why}", "", "", "", "", ""
        return
    rules = {
        "proposed": one.suggestion["suggestion"]["rules"],
        "current": one.in_force,
    }
    slug = one.series.slug
    for name, words in _NAMES.items():
        told = one.backtest[name]["detection"]
        marked = str(len(one.windows))
        counts = (
            ("", "", str(one.backtest[name]["breaches"]), "")
            if told is None
            else (str(told["hits"]), str(told["misses"]), str(told["false_alarms"]), _delay(told))
        )
        yield slug, words, _bounds(rules[name]), marked if slug else "", *counts
        slug = ""


def _bounds(rules: Any) -> str:
    """Of each side the warning and the critical bound: "> 498 / 523"."""
    sides = []
    for when, sign in (("below", "<"), ("above", ">")):
        found = {rule["severity"]: rule for rule in rules if rule["when"] == when}
        bounds = [number(found[one]["value"]) for one in ("warning", "critical") if one in found]
        if bounds:
            longest = max(rule["for_readings"] for rule in found.values())
            sides.append(
                f"{sign} {' / '.join(bounds)}" + (f", {longest} in a row" if longest > 1 else "")
            )
    return "; ".join(sides)


def _delay(told: Any) -> str:
    """On average over the times that were hit."""
    seconds = [one["delay_seconds"] for one in told["windows"] if one["delay_seconds"] is not None]
    if not seconds:
        return ""
    minutes = round(sum(seconds) / len(seconds) / 60)
    hours, rest = divmod(minutes, _MINUTES_AN_HOUR)
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"


def _sums(tried: Sequence[Tried], name: str) -> tuple[int, int, int]:
    told = [
        one.backtest[name]["detection"]
        for one in tried
        if one.backtest is not None and one.backtest[name]["detection"] is not None
    ]
    hits, misses, alarms = (
        sum(one[what] for one in told) for what in ("hits", "misses", "false_alarms")
    )
    return hits, misses, alarms


def show_courses(console: Console, company: Company, charts: Mapping[str, Any]) -> None:
    heading(
        console,
        "The company's KPIs at a glance",
        "From its first reading to its last: each character is the mean of so much time.",
    )
    table = create_table(
        "KPI", "from", "each", "course of the means", "lowest", "highest", "unit",
        wraps=("KPI", "unit"),
        right=("lowest", "highest"),
    )  # fmt: skip
    for series in company.series:
        chart = charts[series.slug]
        line = line_of(chart)
        if line is None:
            continue
        table.add_row(
            series.name,
            chart["items"][0]["starts_at"][:10],
            _length(chart["bucket"]),
            f"[cyan]{line.drawn}[/]",
            number(str(line.lowest)),
            number(str(line.highest)),
            series.unit,
        )
    console.print(table)


def _length(bucket: str) -> str:
    """As "7 days" for "P7D", "12 hours" for "PT12H"."""
    units = {"D": "day", "H": "hour", "M": "minute", "S": "second"}
    count, unit = bucket.removeprefix("P").removeprefix("T")[:-1], units[bucket[-1]]
    return unit if count == "1" else f"{count} {unit}s"
