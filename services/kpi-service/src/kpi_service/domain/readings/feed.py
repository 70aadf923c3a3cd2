"""One source's readings of one KPI: which are new, known, or another value for a known instant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from kpi_service.domain.readings.reading import Reading, StoredReading

NEVER = datetime.min.replace(tzinfo=UTC)


class Feed:
    """`newest` is the newest instant stored; `known` what stands at the instants not after it.

    Only those instants that the batch names have to be in `known`.
    """

    __slots__ = ("added", "duplicates", "known", "newest", "source")

    def __init__(
        self,
        source: str,
        newest: datetime = NEVER,
        known: Mapping[datetime, StoredReading] | None = None,
    ) -> None:
        self.source = source
        self.newest = newest
        self.known = dict(known or {})
        self.added: list[StoredReading] = []
        self.duplicates = 0

    def take(self, reading: Reading) -> StoredReading | None:
        """Adds the reading unless it is a duplicate.

        Gives what stood at its instant: with the same value for a duplicate, with another one for a
        correction, nothing for a new instant.
        """
        observed_at = reading.observed_at
        revision = 1
        before: StoredReading | None = None
        if observed_at > self.newest:
            self.newest = observed_at
        elif (before := self.known.get(observed_at)) is not None:
            if before.value == reading.value:
                self.duplicates += 1
                return before
            revision = before.revision + 1
        row = StoredReading(observed_at, revision, reading.value, reading.external_id)
        self.known[observed_at] = row
        self.added.append(row)
        return before
