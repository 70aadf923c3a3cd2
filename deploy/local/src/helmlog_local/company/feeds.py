"""What becomes of a signal on its way: gaps, repeats, mixed-up order, late rows, corrections."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from helmlog_local.company.series import Reading


@dataclass(frozen=True, slots=True)
class Outage:
    """Nothing is read from `begins` until before `ends`, and nobody reads it later."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Faults:
    """How often, of all readings, something goes wrong with one."""

    repeated: float = 0.004
    swapped: float = 0.002
    late: float = 0.001
    corrected: float = 0.001


def disturbed(
    readings: Iterable[Reading],
    outages: Sequence[Outage],
    faults: Faults,
    chance: random.Random,
) -> list[Reading]:
    """The readings as they arrive, in order of arrival."""
    arrivals: list[tuple[float, Reading]] = []
    for place, reading in enumerate(readings):
        if any(outage.begins <= reading.observed_at < outage.ends for outage in outages):
            continue
        arrivals.append((place + _delay(faults, chance), reading))
        if chance.random() < faults.repeated:
            arrivals.append((place + chance.uniform(0.1, 3.0), reading))
        if chance.random() < faults.corrected:
            arrivals.append((place + chance.uniform(70.0, 200.0), _corrected(reading, chance)))
    arrivals.sort(key=lambda arrival: arrival[0])
    return [reading for _, reading in arrivals]


def _delay(faults: Faults, chance: random.Random) -> float:
    """In readings: a swapped one comes just after the next, a late one well after."""
    what = chance.random()
    if what < faults.swapped:
        return 1.5
    if what < faults.swapped + faults.late:
        return chance.uniform(5.0, 60.0)
    return 0.0


def _corrected(reading: Reading, chance: random.Random) -> Reading:
    """The same instant, some percent off: what the source says after it has looked again."""
    value = Decimal(reading.value)
    step = Decimal((0, (1,), int(value.as_tuple().exponent)))
    share = Decimal(chance.choice((-5, -3, 3, 5))) / 100
    moved = (value * (1 + share)).quantize(step)
    return reading._replace(value=str(moved if moved != value else value + step))
