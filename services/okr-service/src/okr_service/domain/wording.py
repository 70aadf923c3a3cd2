"""Hints on how an objective or a key result is worded. English, modest: a hint may be wrong."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple

WordingCode = Literal[
    "objective-with-number",
    "objective-is-metric",
    "objective-without-why",
    "committed-sounds-like-stretch",
    "key-result-is-task",
    "title-too-long",
]

MOST_WORDS: Final = 12
BARE_NAME: Final = 2
"""Up to so many words a title that ends in a metric is its name and nothing more."""

# A year, a quarter, "24/7", or a figure within a name (B2B, ISO 27001) sets no target.
_NO_TARGET: Final = re.compile(
    r"\b(?:19|20)\d\d\b|\b[QH][1-4]\b|\bFY ?\d+\b|\b24/7\b|\b(?:ISO|SOC|EN|DIN)[ -]?\d+\b"
    r"|\b[A-Za-z]+\d\w*",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"\d|%|\bper ?cent\b", re.IGNORECASE)
_WAY: Final = re.compile(
    r"^(?:increase|raise|grow|improve|boost|double|triple|reduce|decrease|lower|cut|halve"
    r"|minimi[sz]e|maximi[sz]e)\b(.*)$",
    re.IGNORECASE,
)
_METRIC: Final = re.compile(
    r"\b(?:revenue|sales|turnover|profit|margins?|costs?|churn|retention|conversions?|leads"
    r"|traffic|uptime|latency|headcount|nps|csat|mrr|arr|score|ratio|rate)\s*$",
    re.IGNORECASE,
)
_STRETCH: Final = re.compile(
    r"\b(?:moonshot|\d+x|world[- ]class|best in the world|number one|dream)\b", re.IGNORECASE
)
_TASK: Final = re.compile(
    r"^(?:implement|launch|hire|build|create|develop|deliver|deploy|design|redesign|document"
    r"|introduce|migrate|organi[sz]e|prepare|publish|roll out|set up|ship|start|write|complete"
    r"|finish|conduct|run|hold|establish|install)\b",
    re.IGNORECASE,
)


class Hint(NamedTuple):
    code: WordingCode
    detail: str


@lru_cache(maxsize=10_000)
def hints_on_objective(title: str, kind: str, *, company: bool, with_why: bool) -> tuple[Hint, ...]:
    """`company`: it is at that level; `with_why`: it says what it is for."""
    found = [*_hints_on_aim(title), *_hints_on_length(title)]
    if company and not with_why:
        found.append(
            Hint(
                "objective-without-why",
                "A company's objective is followed more gladly when it says why:"
                " the mission, value or pillar it serves.",
            )
        )
    if kind == "committed" and _STRETCH.search(title):
        found.append(
            Hint(
                "committed-sounds-like-stretch",
                "It sounds like a stretch: a committed objective is expected to be reached in full;"
                " aspirational may be the kind that is meant.",
            )
        )
    return tuple(found)


@lru_cache(maxsize=10_000)
def hints_on_key_result(title: str, *, by_steps: bool) -> tuple[Hint, ...]:
    """`by_steps`: it is measured by milestones, which are tasks by nature."""
    found = [*_hints_on_length(title)]
    if not by_steps and _TASK.match(title) and not _NUMBER.search(title):
        found.insert(
            0,
            Hint(
                "key-result-is-task",
                "It reads like a task: a key result says what the work is to bring about."
                " The work itself fits an initiative, or milestones.",
            ),
        )
    return tuple(found)


def _hints_on_aim(title: str) -> list[Hint]:
    if _NUMBER.search(_NO_TARGET.sub(" ", title)):
        return [
            Hint(
                "objective-with-number",
                "There is a number in it: an objective says where to go in words,"
                " its key results say how far in numbers.",
            )
        ]
    way = _WAY.match(title)
    bare = len(title.split()) <= BARE_NAME
    if _METRIC.search(title if way is None else way[1]) and (way or bare):
        return [
            Hint(
                "objective-is-metric",
                "It names a metric: say what its change is good for,"
                " and make the metric a key result.",
            )
        ]
    return []


def _hints_on_length(title: str) -> list[Hint]:
    words = len(title.split())
    if words <= MOST_WORDS:
        return []
    detail = f"{words} words: up to {MOST_WORDS} are remembered; the rest fits the why."
    return [Hint("title-too-long", detail)]
