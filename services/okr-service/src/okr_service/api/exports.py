"""A retrospective to take along: as CSV for a spreadsheet, as Markdown for a page."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from helmlog_events.values import plain

from okr_service.api.schemas.retrospective import (
    EndingResponse,
    RetrospectiveResponse,
    SummaryResponse,
)
from okr_service.domain.retrospective import SECTIONS

_COLUMNS: Final = (
    "section",
    "id",
    "title",
    "kind",
    "level",
    "team",
    "owner",
    "progress",
    "grade",
    "band",
    "key_results",
    "reason",
    "learned",
    "carried_to",
)
_HEADINGS: Final = {
    "achieved": "Achieved",
    "missed": "Missed",
    "learned": "Learned",
    "carried_over": "Carried over",
    "cancelled": "Cancelled",
    "open": "Still open",
}
# What a spreadsheet would take for a formula, or skip over on its way to one.
_FORMULA: Final = re.compile(r"^[\s]*[=+\-@\t\r]")
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>#|~])")


def retrospective_csv(found: RetrospectiveResponse) -> str:
    """A row an objective, after RFC 4180. Text that a spreadsheet would run is quoted by `'`."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(_COLUMNS)
    for section in SECTIONS:
        for ending in _of(found, section):
            fields = ending.model_dump(mode="json") | {"section": section}
            writer.writerow([_cell(fields[column]) for column in _COLUMNS])
    return lines.getvalue()


def retrospective_markdown(found: RetrospectiveResponse) -> str:
    cycle = found.cycle
    lines = [
        f"# {_text(cycle.name)}",
        "",
        f"{cycle.starts_on} to {cycle.ends_on}, {cycle.state}.",
        "",
        *_summary_table(found),
    ]
    for section in SECTIONS:
        endings = _of(found, section)
        if endings:
            lines += ["", f"## {_HEADINGS[section]}", "", *map(_line, endings)]
    if found.lessons:
        lessons = [f"- {_text(lesson.title)}: {_text(lesson.text)}" for lesson in found.lessons]
        lines += ["", "## What was learned", "", *lessons]
    return "\n".join(lines) + "\n"


def _of(found: RetrospectiveResponse, section: str) -> Sequence[EndingResponse]:
    endings: Sequence[EndingResponse] = getattr(found, section)
    return endings


def _summary_table(found: RetrospectiveResponse) -> list[str]:
    headings = ["", *(_HEADINGS[section] for section in SECTIONS), "Mean grade"]
    rows: list[tuple[str, SummaryResponse]] = [
        ("All", found.summary),
        *((_text(team.team or "No team"), team) for team in found.teams),
    ]
    return [
        f"| {' | '.join(headings)} |",
        "|" + " --- |" * len(headings),
        *(f"| {name} | {' | '.join(_figures(summary))} |" for name, summary in rows),
    ]


def _figures(summary: SummaryResponse) -> list[str]:
    counts = [str(getattr(summary, section)) for section in SECTIONS]
    return [*counts, _number(summary.mean_grade)]


def _line(ending: EndingResponse) -> str:
    who = ", ".join(_text(name) for name in (ending.team, ending.owner) if name)
    grade = "" if ending.grade is None else f": {_number(ending.grade)} ({ending.band})"
    reason = f". {_text(ending.reason)}" if ending.reason else ""
    return f"- {_text(ending.title)}{f' ({who})' if who else ''}{grade}{reason}"


def _cell(value: object) -> object:
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value


def _number(number: Decimal | None) -> str:
    return "" if number is None else plain(number)


def _text(text: str) -> str:
    """On one line, its characters meaning themselves."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
