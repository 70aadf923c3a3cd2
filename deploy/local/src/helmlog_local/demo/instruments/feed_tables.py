"""What a feed sent and what was told of it, what people did about breaches: as tables."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from helmlog_local.demo.instruments.dealing import Dealt
from helmlog_local.demo.instruments.episodes import episodes
from helmlog_local.demo.instruments.feeding import Fed
from helmlog_local.demo.screen import create_table, heading, moment, number

_TOLD: Final = ("as it was told at first", "as it is told now", "because")


def show_feed(console: Console, fed: Fed) -> None:
    heading(
        console,
        f"A feed with a key of its own: {fed.series.name.lower()}, sent by {fed.source['name']}",
        "A decimal point slips for four readings, a line is down for hours: the right values come "
        "later, the newest first.",
    )
    table = create_table("sent", "as", "answer", wraps=("answer",))
    for row in _sent(fed):
        table.add_row(*row)
    console.print(table)
    table = create_table("breach", *_TOLD, wraps=_TOLD)
    for story in sorted(fed.stories, key=lambda one: str(one["id"])):
        table.add_row(f"…{story['id'][-4:]}", *_told(story))
    console.print(table)
    told, ordered = episodes(fed.after.breaches), episodes(fed.ordered)
    if told == ordered:
        console.print(
            "[green]The same readings in order, sent to a second KPI, come to the same[/]: "
            f"{_counted(len(ordered))}."
        )
    else:
        console.print(
            f"[red]The same readings in order come to others:[/] {_counted(len(ordered))}."
        )
    table = create_table("known at", "its course", "lowest", "highest", right=("lowest", "highest"))
    for then in (fed.before, fed.after):
        if then.line is not None:
            low, high = number(str(then.line.lowest)), number(str(then.line.highest))
            table.add_row(
                f"{then.known_at:%H:%M:%S.%f}"[:-3], f"[cyan]{then.line.drawn}[/]", low, high
            )
    console.print(table)


def _counted(breaches: int) -> str:
    return "one breach" if breaches == 1 else f"{breaches} breaches"


def _sent(fed: Fed) -> Iterator[tuple[str, str, str]]:
    feed, plain, packed = fed.feed, *fed.packed
    samples = ", ".join(one for one in fed.samples.split(", ") if not one.endswith("=0"))
    yield f"{len(feed.at_first):,} samples", "Prometheus remote write", samples.replace("=", " ")
    lines = f"NDJSON, {plain:,} bytes as {packed:,} of gzip"
    yield f"{len(feed.then) + 1:,} lines", lines, _answered(fed.first)
    for row in fed.first["rejected"]:
        yield "", "", f"[yellow]{escape(row['reason'])}[/]"
    late = len(feed.late) + len(feed.corrected)
    yield f"{late:,} lines", "what came late or was wrong", _answered(fed.second)


def _answered(answer: Any) -> str:
    counts = {**answer, "rejected": answer["rejected_total"]}
    names = ("accepted", "corrected", "duplicates", "rejected")
    return ", ".join(f"{name} {counts[name]:,}" for name in names if counts[name])


def _told(story: Any) -> tuple[str, str, str]:
    now = f"{story['severity'] or ''} {_span(story['opened_at'], story['recovered_at'])}".strip()
    if not story["revisions"]:
        return now, now, ""
    first, last = story["revisions"][0]["before"], story["revisions"][-1]
    grave = any(one["severity"] == "critical" for one in first["severities"])
    severity = "critical" if grave else "warning"
    before = f"{severity} {_span(first['opened_at'], first['recovered_at'])}"
    if story["state"] == "withdrawn":
        into = story["merged_into"]
        what = "taken back" if into is None else f"part of …{into[-4:]}"
        return before, f"[dim]{what}[/]", "[yellow]withdrawn[/]"
    values = f"{last['after']['readings']} readings for {last['before']['readings']}"
    return before, now, f"[yellow]revised[/], {values}"


def _span(begins: str, ends: str | None) -> str:
    end = "still open" if ends is None else moment(datetime.fromisoformat(ends))[5:]
    return f"{moment(datetime.fromisoformat(begins))} → {end}"


def show_dealt(console: Console, dealt: Dealt) -> None:
    heading(console, "A breach in good hands, and a source that fell silent")
    table = create_table("what", "how", wraps=("how",))
    table.show_header = False
    for what, how in _steps(dealt):
        table.add_row(what, escape(how))
    console.print(table)


def _steps(dealt: Dealt) -> Iterator[tuple[str, str]]:
    story, noticed, resumed = dealt.story, dealt.noticed, dealt.resumed
    trigger = story["trigger"]
    span = _span(story["opened_at"], story["recovered_at"])
    yield "open breaches", _counted_open(dealt)
    yield dealt.kpi["name"], f"{story['severity']} {span}"
    rule = f"{trigger['rule']['when']} {number(trigger['rule']['value'])}"
    unit = dealt.kpi["unit"]
    yield "why", f"{number(trigger['value'])} {unit}, {rule} {unit}"
    seen = story["acknowledgement"]
    yield "acknowledged", f"by {seen['by']}: {seen['note']}"
    if story["silence"] is not None:
        yield "silenced", _silenced(story["silence"])
    yield "cause", story["cause"]
    yield "corrective action", story["corrective_action"]
    yield dealt.heartbeat["name"], f"silent since {_clock(noticed['last_observed_at'])}"
    after = noticed["no_data_after"].removeprefix("PT").replace("M", " minutes")
    announced = f"{_clock(noticed['announced_at'])}, too long since {_clock(noticed['opened_at'])}"
    yield f"no data for {after}", f"announced at {announced}"
    yield "silenced", _silenced(noticed["silence"])
    yield "heard again", f"at {_clock(resumed['recovered_at'])}, by a {resumed['ended_by']}"


def _counted_open(dealt: Dealt) -> str:
    if not dealt.open_before:
        return "none; the newest that is over is looked into"
    return f"{len(dealt.open_before)}; {dealt.unhandled} that nobody has acknowledged now"


def _silenced(silence: Any) -> str:
    until = moment(datetime.fromisoformat(silence["until"]))
    return f"until {until} by {silence['by']}: {silence['reason']}"


def _clock(instant: str) -> str:
    return f"{datetime.fromisoformat(instant):%H:%M:%S}"
