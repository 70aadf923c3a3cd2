"""Targets as people write them, in English: "at or below 50 days", "Above 120 per month".

What is read is said, what is not read is said as well, and nothing is guessed: a phrase that can be
meant in two ways is not understood. Every word of a phrase is either understood or left over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from helmlog_events.contracts.kpi import Direction, Period
from helmlog_events.values import MAX_PLACES, plain

Comparison = Literal["at_or_above", "above", "at_or_below", "below", "between"]
Unread = Literal[
    "empty",
    "not decided",
    "withheld",
    "said elsewhere",
    "no number",
    "several numbers",
    "relative to other values",
    "ambiguous number",
]


@dataclass(frozen=True, slots=True)
class TargetPhrase:
    """`comparison` none: a number, but not on which side of it is good.

    `rate` as in "per person per month", `period` the last of it if it is one, `of` what a share is
    of, `statistic` as in "90th percentile". `left_over` are the words that nothing was made of.
    """

    number: Decimal
    upper: Decimal | None = None
    comparison: Comparison | None = None
    unit: str | None = None
    rate: str | None = None
    period: Period | None = None
    of: str | None = None
    statistic: str | None = None
    left_over: tuple[str, ...] = ()

    @property
    def direction(self) -> Direction | None:
        return None if self.comparison is None else _DIRECTIONS[self.comparison]

    @property
    def inclusive(self) -> bool:
        return self.comparison not in {"above", "below"}


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    reason: Unread


_DIRECTIONS: Final[dict[Comparison, Direction]] = {
    "at_or_above": "up",
    "above": "up",
    "at_or_below": "down",
    "below": "down",
    "between": "within",
}
_COMPARISONS: Final[dict[Comparison, tuple[str, ...]]] = {
    "at_or_above": (
        r"at\s+or\s+(?:above|over|greater\s+than|more\s+than)",
        r"at\s+least",
        r"(?:no|not)\s+(?:less|fewer)\s+than",
        r"equal\s+(?:to\s+)?or\s+(?:greater|more)\s+than",
        r"(?:greater|more)\s+than\s+or\s+equal\s+to",
        r"(?:a\s+)?minimum\s+of",
        r">=|≥",
    ),
    "at_or_below": (
        r"at\s+or\s+(?:below|under|less\s+than)",
        r"at\s+most",
        r"(?:no|not)\s+more\s+than",
        r"(?:does|do|should|must)\s+not\s+exceed",
        r"equal\s+(?:to\s+)?or\s+(?:less|fewer)\s+than",
        r"(?:less|fewer)\s+than\s+or\s+equal\s+to",
        r"(?:a\s+)?maximum\s+of",
        r"up\s+to",
        r"<=|≤",
    ),
    "above": ("above", "over", r"greater\s+than", r"more\s+than", "exceeds", ">"),
    "below": ("below", "under", r"less\s+than", r"fewer\s+than", "<"),
}
_COMPARED: Final = [
    (comparison, re.compile(rf"(?:\b|(?=[<>≥≤]))(?:{'|'.join(words)})\s*$", re.IGNORECASE))
    for comparison, words in _COMPARISONS.items()
]
_STATED: Final = re.compile(r"(?:\b(?:at|exactly|equal\s+to|of)|=)\s*$", re.IGNORECASE)
_LEAD: Final = re.compile(
    r"^(?:the\s+)?target(?:\s+for\s+this\s+(?:metric|kpi))?\s*(?:is|:)?$", re.IGNORECASE
)
_JOINED: Final = re.compile(r"\s*%?\s*(?:and|to|-|\u2013)\s*", re.IGNORECASE)
_PAIRED: Final = re.compile(r"\b(?:between|from)\s*$", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)
_REMARK: Final = re.compile(r"\([^()]*\)")
_STATISTIC: Final = re.compile(
    r"(?:\bat\s+(?:the\s+)?)?\b(\d{1,2}(?:\.\d+)?(?:st|nd|rd|th)\s+percentile|p\d{2}|median)\b",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(
    r"(?P<sign>[+-])?(?P<currency>[$€£])?\s?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?P<more>[.,]\d+)*"
    r"(?P<scale>[KkMB](?![A-Za-z]))?(?P<ratio>\s?:\s?\d+)?"
)
_SCALES: Final = {"k": 3, "m": 6, "b": 9}
_PER: Final = re.compile(
    r"\s*(?:\bper\s+|/\s*)((?:(?!\bper\b)[^\W\d][\w'-]*\s*){1,4}?)(?=\s*(?:$|[.,;/]|\bper\b))",
    re.IGNORECASE,
)
_UNIT: Final = re.compile(
    r"\s*((?:[^\W\d_][\w'-]*|\"[^\"]*\")(?:\s+(?!(?:per|of|to|at|are|is|in|for|by|and|or)\b)"
    r"(?:[^\W\d_][\w'-]*|\"[^\"]*\"))*)",
    re.IGNORECASE,
)
_NO_UNIT: Final = re.compile(r"\s*(?:per|of|to|at|are|is|in|for|by|and|or)\b", re.IGNORECASE)
_OF: Final = re.compile(r"\s*of\s+([^.,;]+)", re.IGNORECASE)
_RELATIVE: Final = re.compile(
    r"\b(?:increase|decrease|improvement|average|previous|plan|budget|last|prior)\b", re.IGNORECASE
)
_WORDS: Final[tuple[tuple[Unread, re.Pattern[str]], ...]] = (
    ("withheld", re.compile(r"\bconfidential\b", re.IGNORECASE)),
    (
        "not decided",
        re.compile(
            r"\b(?:tbd|tba|unknown|to be (?:determined|decided)|no target)\b", re.IGNORECASE
        ),
    ),
    ("said elsewhere", re.compile(r"^(?:see|identified in|refer)\b", re.IGNORECASE)),
)
_PERIODS: Final[dict[str, Period]] = {
    name: period
    for period in ("hour", "day", "week", "month", "quarter", "year")
    for name in (period, f"{period}s")
}


def read_target_phrase(phrase: str) -> TargetPhrase | NotUnderstood:
    """What the phrase says of a target; see the module."""
    text = " ".join(_TAG.sub(" ", phrase).split())
    if not text:
        return NotUnderstood("empty")
    left_over = _REMARK.findall(text)
    text = _REMARK.sub(" ", text)
    statistic = _STATISTIC.search(text)
    if statistic is not None:
        text = text[: statistic.start()] + text[statistic.end() :]
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        return NotUnderstood(_reason_without_number(text))
    if len(numbers) == 2 and _JOINED.fullmatch(text[numbers[0].end() : numbers[1].start()]):  # noqa: PLR2004 - a pair
        low, high = numbers
        before = _PAIRED.sub("", text[: low.start()])
        return _read(text, before, "between", (low, high), [*left_over], statistic)
    if len(numbers) > 1:
        return NotUnderstood("several numbers")
    before, comparison = _compared(text[: numbers[0].start()])
    return _read(text, before, comparison, (numbers[0],), left_over, statistic)


def _reason_without_number(text: str) -> Unread:
    return next((reason for reason, words in _WORDS if words.search(text)), "no number")


def _compared(before: str) -> tuple[str, Comparison | None]:
    """What stands before the comparison, and the comparison."""
    for comparison, words in _COMPARED:
        if found := words.search(before):
            return before[: found.start()], comparison
    return _STATED.sub("", before), None


def _read(
    text: str,
    before: str,
    comparison: Comparison | None,
    found: tuple[re.Match[str], ...],
    left_over: list[str],
    statistic: re.Match[str] | None,
) -> TargetPhrase | NotUnderstood:
    last = found[-1]
    after = text[last.end() :]
    if last["sign"] == "+" or re.search(r"\bwithin\s*$", before) or _is_relative(after):
        return NotUnderstood("relative to other values")
    numbers = [number for one in found if (number := _number(one)) is not None]
    if len(numbers) != len(found) or sorted(set(numbers)) != numbers:
        return NotUnderstood("ambiguous number")
    unit, of, after = _measured_in(last, after)
    rate, period, after = _rate(after)
    rest = [_LEAD.sub("", before.strip(" ,;:")), after.strip(" ,;:.")]
    return TargetPhrase(
        number=numbers[0],
        upper=numbers[1] if len(numbers) > 1 else None,
        comparison=comparison,
        unit=unit,
        rate=rate,
        period=period,
        of=of,
        statistic=None if statistic is None else statistic[1],
        left_over=tuple(one for one in (*rest, *left_over) if one),
    )


def _number(found: re.Match[str]) -> Decimal | None:
    """None for what can be read in two ways, as `1,5`, or `10:3`."""
    ratio = found["ratio"]
    if found["more"] or (ratio is not None and ratio.strip(" :") != "1"):
        return None
    number = Decimal(found["digits"].replace(",", ""))
    if found["scale"] is not None:
        number = Decimal(plain(number.scaleb(_SCALES[found["scale"].lower()])))
    if found["sign"] == "-":
        number = -number
    exponent = number.as_tuple().exponent
    if number.adjusted() >= MAX_PLACES or not isinstance(exponent, int) or -exponent > MAX_PLACES:
        return None
    return number


def _is_relative(after: str) -> bool:
    """A share of something that is not told is no number to compare with."""
    return re.match(r"\s*%", after) is not None and _RELATIVE.search(after) is not None


def _measured_in(number: re.Match[str], after: str) -> tuple[str | None, str | None, str]:
    """The unit, what a share is of, and what stands after them."""
    if percent := re.match(r"\s*%", after):
        after = after[percent.end() :]
        of = _OF.match(after)
        return ("%", None, after) if of is None else ("%", of[1].strip(), after[of.end() :])
    if number["currency"] is not None or number["ratio"] is not None:
        return number["currency"] or ":1", None, after
    unit = None if _NO_UNIT.match(after) else _UNIT.match(after)
    return (None, None, after) if unit is None else (unit[1], None, after[unit.end() :])


def _rate(after: str) -> tuple[str | None, Period | None, str]:
    """All of "per person per month", and the period it ends with."""
    parts: list[str] = []
    while found := _PER.match(after):
        parts.append(" ".join(found[1].split()))
        after = after[found.end() :]
    if not parts:
        return None, None, after
    return " ".join(f"per {part}" for part in parts), _PERIODS.get(parts[-1].lower()), after
