"""What a batch has touched of a KPI, in the order in which readings are judged."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from operator import itemgetter

from kpi_service.domain.readings.reading import Reading
from kpi_service.domain.threshold.observation import Place

Placed = tuple[Place, Decimal | None]
"""A place, and the value that it has now: none where it was withdrawn."""

_place = itemgetter(0)


class Touched:
    """Places that came, came late or have another value now; each once."""

    def __init__(self) -> None:
        self._values: dict[Place, Decimal | None] = {}
        self._runs: list[list[Placed]] = []

    def put(self, place: Place, value: Decimal | None) -> None:
        self._values[place] = value

    def extend(self, source: str, readings: Sequence[Reading]) -> None:
        """A run of a source's readings, in order, of which no place is touched otherwise."""
        self._runs.append([((one.observed_at, source), one.value) for one in readings])

    def parted(self, until: Place) -> tuple[list[Placed], list[Placed]]:
        """Those up to `until` and those beyond, each in order."""
        if not self._values and len(self._runs) == 1:
            (ordered,) = self._runs
        else:
            ordered = [*self._values.items()]
            for run in self._runs:
                ordered += run
            ordered.sort(key=_place)
        first_beyond = bisect_right(ordered, until, key=_place)
        return ordered[:first_beyond], ordered[first_beyond:]
