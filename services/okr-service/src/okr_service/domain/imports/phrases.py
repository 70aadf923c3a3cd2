"""What a result in words says of the share done. Only what is said beyond doubt is read.

"+8 % in sales" is no share of the way, "tracking to 100 %" has not arrived, and "in progress" is
somewhere: such results stay words. No data is never 0 %.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from okr_service.domain.arithmetic import divide, multiply, rounded

HUNDRED: Final = Decimal(100)

_NUMBER: Final = r"(\d{1,6}(?:\.\d{1,6})?)"
_DONE: Final = r"(?:complete|completed|completion|done|finished|achieved|reached)"
_ENDS: Final = r"(?=\s*(?:$|[.!;](?:\s|$)))"
"""The end of the text or of its first sentence: nothing after it takes anything back."""

# A number of percent by itself, before a remark, or with a word that says of what.
_PERCENT: Final = re.compile(rf"{_NUMBER}\s*%\s*(?:$|\(|[.,;:!](?!\d)|{_DONE}\b(?!\s+by\b))")
_COUNTED: Final = re.compile(r"(\d{1,6})\s+(?:out\s+)?of\s+(\d{1,6})(?=$|[\s.,;:!(])")
_NOTHING: Final = re.compile(rf"not\s+(?:yet\s+)?(?:started|begun){_ENDS}")
_WHOLE: Final = re.compile(rf"(?:100\s*%\s+)?{_DONE}{_ENDS}")
_MENTIONED: Final = re.compile(rf"{_NUMBER}\s*%\s+{_DONE}\b")
_CARRIED: Final = re.compile(
    r"\bcarr(?:y|ied|ying)[\s-]*(?:it\s+|this\s+)?(?:over|forward)\b"
    r"|\b(?:mov(?:e|ed|ing)|push(?:ed|ing)?|slipp(?:ed|ing)|defer(?:red)?|postponed?)\s+"
    r"(?:out\s+|back\s+)?(?:in)?to\s+(?:the\s+)?(?:next\b|q[1-4]|fy\s*'?\d|20\d\d\b)"
)


@dataclass(frozen=True, slots=True)
class Understood:
    """`percent` is the share done as the phrase states it, none where it states none.

    `mentions` is a share that stands elsewhere in it, good for a comparison and no more.
    """

    percent: Decimal | None
    mentions: Decimal | None
    carries_over: bool


def understand(phrase: str) -> Understood:
    """Reads a result as people write it, in English."""
    text = phrase.strip().lower()
    percent = _stated(text)
    mentioned = {Decimal(found) for found in _MENTIONED.findall(text)}
    return Understood(
        percent,
        mentions=percent if percent is not None or len(mentioned) != 1 else mentioned.pop(),
        carries_over=_CARRIED.search(text) is not None,
    )


def _stated(text: str) -> Decimal | None:
    if found := _PERCENT.match(text):
        return Decimal(found[1])
    if found := _COUNTED.match(text):
        return _counted(Decimal(found[1]), Decimal(found[2]))
    if _NOTHING.match(text):
        return Decimal(0)
    return HUNDRED if _WHOLE.match(text) else None


def _counted(done: Decimal, of: Decimal) -> Decimal | None:
    return None if of == 0 else rounded(multiply(divide(done, of), HUNDRED)).normalize() + 0
