"""One source's readings of one KPI: which are new, known, or another value for a known instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from operator import lt

from kpi_service.domain.readings.reading import Known, Reading, Row

NEVER = datetime.min.replace(tzinfo=UTC)
_row = tuple.__new__


class Feed:
    """`newest` is the newest instant stored; `known` what stands at the instants not after it.

    Only those instants that the batch names have to be in `known`.
    """

    __slots__ = ("_in_order", "added", "duplicates", "known", "newest", "source")

    def __init__(
        self,
        source: str,
        newest: datetime = NEVER,
        known: Mapping[datetime, Known] | None = None,
    ) -> None:
        self.source = source
        self.newest = newest
        self.known = dict(known or {})
        self.added: list[Row] = []
        self.duplicates = 0
        self._in_order = True

    @property
    def rows(self) -> list[Row]:
        """What was added, in order of instant and revision."""
        return self.added if self._in_order else sorted(self.added, key=_place)

    def extend(self, readings: Sequence[Reading]) -> bool:
        """Adds readings that follow, in order, on all that is stored; any others are left to
        `take`. That is how most come, and nothing has to be looked up for them.

        They are all that a batch has of the feed.
        """
        instants = [one.observed_at for one in readings]
        if instants[0] <= self.newest or not all(map(lt, instants, islice(instants, 1, None))):
            return False
        self.newest = instants[-1]
        self.added = [
            _row(Row, (spelled_at, 1, spelled_value, external_id))
            for _, _, _, external_id, spelled_at, spelled_value in readings
        ]
        return True

    def take(self, reading: Reading) -> Known | None:
        """Adds the reading unless it is a duplicate.

        Gives what stood at its instant: with the same value for a duplicate, with another one for a
        correction, nothing for a new instant.
        """
        observed_at = reading.observed_at
        revision = 1
        before: Known | None = None
        if observed_at > self.newest:
            self.newest = observed_at
        elif (before := self.known.get(observed_at)) is not None:
            if before.value == reading.value:
                self.duplicates += 1
                return before
            revision = before.revision + 1
        self._in_order = False
        self.known[observed_at] = Known(revision, reading.value)
        self.added.append(
            Row(reading.spelled_at, revision, reading.spelled_value, reading.external_id)
        )
        return before


def _place(row: Row) -> tuple[str, int]:
    # As text, a whole second comes after its fractions: `Z` does after a point.
    return row.observed_at[:-1], row.revision
