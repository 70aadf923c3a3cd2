"""What upstream systems have to tell: late, twice, corrected; and what must stand of it at last."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

STEP = timedelta(seconds=20)
GAP = timedelta(minutes=30)
"""Now and then nothing is observed for so long: longer than a policy waits."""
LATE = 0.03
CORRECTED = 0.01
REPEATED = 0.02
MOST = 25_000
"""Instants of a feed. Once all were told it goes on at the same rate with what it told before: a
storm lasts as long as its harm, and all that it tells has to be told again undisturbed.
"""


class Told(NamedTuple):
    """A reading as it is sent."""

    slug: str
    source: str
    observed_at: datetime
    value: Decimal

    def row(self) -> dict[str, Any]:
        return {
            "kpi": self.slug,
            "source": self.source,
            "observed_at": self.observed_at.isoformat(),
            "value": str(self.value),
        }


@dataclass(slots=True)
class Feed:
    """One source's readings of one KPI; no two values are alike, so none passes for another."""

    slug: str
    source: str
    begins: datetime
    chance: random.Random
    counts: bool = False
    """A counter only rises, and begins anew now and then."""
    corrects: bool = True
    """Only where readings arrive in the order in which they are sent."""
    stands: dict[datetime, Decimal] = field(default_factory=dict)
    """By instant, what was told last."""
    _sent: list[datetime] = field(default_factory=list)
    _late: list[Told] = field(default_factory=list)
    _since_begin: timedelta = timedelta(0)
    _bad: int = 0
    _number: int = 0
    _observed: int = 0
    _total: int = 0

    def next(self, size: int) -> list[Told]:
        """New readings, and others with them: the next ones only once these are acknowledged."""
        due, self._late = self._late, []
        told = []
        new = min(size, MOST - self._observed)
        self._observed += new
        for _ in range(new):
            reading = self._observe()
            (self._late if self.chance.random() < LATE else told).append(reading)
        told += due
        repeated = size - new + REPEATED * size
        told += [self._tell(at, self.stands[at]) for at in self._some(repeated)]
        if self.corrects:
            said = {one.observed_at for one in told}
            again = set(self._some(CORRECTED * size)) - said
            told += [self._tell(at, self._value()) for at in sorted(again)]
        self.chance.shuffle(told)
        self.stands |= {one.observed_at: one.value for one in told}
        self._sent += [one.observed_at for one in told]
        return told

    def rest(self) -> list[Told]:
        """What is still held back."""
        told, self._late = self._late, []
        self.stands |= {one.observed_at: one.value for one in told}
        return told

    def outcome(self) -> list[Told]:
        """What stands at last, in order of time."""
        return [self._tell(at, value) for at, value in sorted(self.stands.items())]

    def _observe(self) -> Told:
        self._since_begin += GAP if self.chance.random() < 0.0005 else STEP
        return self._tell(self.begins + self._since_begin, self._value())

    def _tell(self, at: datetime, value: Decimal) -> Told:
        return Told(self.slug, self.source, at, value)

    def _some(self, expected: float) -> Sequence[datetime]:
        """Of those sent in former rounds, mostly of late."""
        if not self._sent:
            return ()
        recent = self._sent[-2_000:]
        count = int(expected) + (self.chance.random() < expected % 1)
        return self.chance.choices(recent, k=count)

    def _value(self) -> Decimal:
        self._number += 1
        mark = Decimal(self._number).scaleb(-6).normalize()
        if self.counts:
            self._total = 0 if self.chance.random() < 0.001 else self._total + 3
            return self._total + mark
        if self._bad == 0 and self.chance.random() < 0.002:
            self._bad = self.chance.randrange(1, 12)
        if self._bad:
            self._bad -= 1
            return self.chance.randrange(8, 28) + mark
        return self.chance.randrange(32, 80) + mark
