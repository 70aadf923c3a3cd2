"""What a feed sends, and how it goes wrong: a stretch comes late, some values were wrong at first.

Made of readings that the company has: what came in the end is what was there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from helmlog_local.company.series import MarkedWindow, Reading, Series

_BEFORE: Final = timedelta(days=3)
_AFTER: Final = timedelta(days=2)
_SPOILED_AFTER: Final = timedelta(days=1)
_SPOILED: Final = 4
_SLIPPED: Final = 10


@dataclass(frozen=True, slots=True)
class Feed:
    """`at_first` comes in order, some of it wrong; `then` too, from when the line is up again;
    `late` is what lies between them, and `corrected` are the right values in place of the wrong.
    """

    at_first: Sequence[Reading]
    then: Sequence[Reading]
    late: Sequence[Reading]
    corrected: Sequence[Reading]
    whole: Sequence[Reading]


def feed_around(series: Series, window: MarkedWindow) -> Feed:
    """From three days before the window to two days after it. Its first half comes late; and on the
    second day a decimal point has slipped, four readings long.
    """
    begins, ends = window.begins - _BEFORE, window.ends + _AFTER
    whole = _settled(reading for reading in series.readings if begins <= reading[0] < ends)
    middle = window.begins + (window.ends - window.begins) / 2
    before = [one for one in whole if one.observed_at < window.begins]
    spoiled_from = begins + _SPOILED_AFTER
    right = [one for one in before if one.observed_at >= spoiled_from][:_SPOILED]
    return Feed(
        at_first=[_slipped(one) if one in right else one for one in before],
        then=[one for one in whole if one.observed_at >= middle],
        late=[one for one in whole if window.begins <= one.observed_at < middle],
        corrected=right,
        whole=whole,
    )


def _settled(readings: Iterable[Reading]) -> list[Reading]:
    """Of each instant its last value, in order of time."""
    last = {reading.observed_at: reading for reading in readings}
    return [last[instant] for instant in sorted(last)]


def _slipped(reading: Reading) -> Reading:
    return reading._replace(value=str(Decimal(reading.value) * _SLIPPED))
