"""A company that is made up, and behaves as companies do; the same for the same seed."""

import random
from collections.abc import Iterator

from helmlog_local.company.feeds import Faults, disturbed
from helmlog_local.company.instruments import BEGINS, ENDS, INSTRUMENTS, Instrument
from helmlog_local.company.series import MarkedWindow, Series
from helmlog_local.company.signals import course

DEFAULT_SEED = 2024


def generated_series(seed: int = DEFAULT_SEED) -> Iterator[Series]:
    """Some 68,000 readings of 11 KPIs over three quarters, with the incidents marked."""
    for instrument in INSTRUMENTS:
        # A generator of its own for each: a change to one KPI leaves all others as they are.
        chance = random.Random(f"{seed}/{instrument.slug}")  # noqa: S311 - makes data, no secrets
        yield _series(instrument, chance)


def _series(instrument: Instrument, chance: random.Random) -> Series:
    clean = course(instrument.signal, BEGINS, ENDS, chance)
    readings = disturbed(clean, instrument.outages, Faults(), chance)
    last = max(reading.observed_at for reading in readings)
    return Series(
        slug=instrument.slug,
        name=instrument.name,
        definition=instrument.definition,
        unit=instrument.unit,
        direction=instrument.direction,
        type=instrument.type,
        level=instrument.level,
        owner=instrument.owner,
        cadence=instrument.cadence,
        watched=instrument.watched,
        readings=readings,
        windows=[
            MarkedWindow(incident.begins, min(incident.ends, last), incident.note)
            for incident in instrument.signal.incidents
        ],
        aggregation=instrument.aggregation,
    )
