"""Remote writes: series in, readings and counts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from helmlog_events.envelope import Metadata
from prometheus_client import Counter as Metric

from kpi_service.application.metrics import count_rows
from kpi_service.application.recording import REMOTE_WRITE, Recording
from kpi_service.application.remote_write.payload import read_request
from kpi_service.application.remote_write.samples import Samples, read_samples
from kpi_service.application.remote_write.series import SeriesBook
from kpi_service.application.source_keys import SourceKeys
from kpi_service.domain.readings.reading import Lot
from kpi_service.domain.source.key import KeyOwner
from kpi_service.readmodel.sources import SourceQueries

BATCH: Final = 5_000
"""Readings in one transaction."""
PASSED_OVER: Final = Metric(
    "helmlog_remote_write_samples", "Samples of remote writes that are no readings.", ["fate"]
)


@dataclass(slots=True)
class Taken:
    """What became of the samples: each is counted once, the rejected ones by reason."""

    accepted: int
    duplicates: int
    corrected: int
    unmapped: int
    stale: int
    histograms: int
    rejected: Counter[str]

    @property
    def counts(self) -> dict[str, int]:
        return {
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "corrected": self.corrected,
            "unmapped": self.unmapped,
            "stale": self.stale,
            "histograms": self.histograms,
            "rejected": self.rejected.total(),
        }


@dataclass(frozen=True, slots=True)
class RemoteWrite:
    """`longest` bounds a body, in bytes, before and after it is decompressed."""

    recording: Recording
    keys: SourceKeys
    series: SeriesBook
    queries: SourceQueries
    longest: int

    async def take(self, owner: KeyOwner, body: bytes, now: datetime, metadata: Metadata) -> Taken:
        """Takes in all that can be, in transactions of `BATCH` readings; what is rejected now would
        be rejected again.

        Sent again after a failure, what was taken in before is duplicates. Raises
        `BodyUnreadable`, `PayloadTooLarge`, `KeyRefused`.
        """
        request = read_request(body, self.longest)
        source = await self.keys.source(owner)
        series = [tuple(one.labels) for one in request.timeseries]
        placed = await self.series.place(owner.tenant, source, series, now)
        samples = read_samples(
            request, series, placed.kpis, source.name, *self.recording.window.at(now)
        )
        taken = await self._record(owner, samples, now, metadata)
        if placed.to_note:
            await self.queries.note_unmapped(owner.tenant, owner.source_id, placed.to_note, now)
        for fate in ("unmapped", "stale", "histograms"):
            PASSED_OVER.labels(fate).inc(taken.counts[fate])
        return taken

    async def _record(
        self, owner: KeyOwner, samples: Samples, now: datetime, metadata: Metadata
    ) -> Taken:
        taken = Taken(
            0, 0, 0, samples.unmapped, samples.stale, samples.histograms, samples.rejected
        )
        count_rows(REMOTE_WRITE, rejected=samples.rejected.total())
        for batch in _cut(samples.lots.values(), BATCH):
            prepared = self.recording.of_samples(batch, now, owner.source_id)
            result = await prepared.take(owner.tenant, metadata)
            taken.accepted += result.accepted
            taken.duplicates += result.duplicates
            taken.corrected += result.corrected
            taken.rejected.update(one.reason for one in result.rejected)
        return taken


def _cut(lots: Iterable[Lot], size: int) -> Iterator[list[Lot]]:
    """Batches of `size` readings, the last one of what is left."""
    batch: list[Lot] = []
    room = size
    for lot in lots:
        start = 0
        while start < len(lot.readings):
            part = lot.readings[start : start + room]
            batch.append(lot._replace(readings=part))
            start += len(part)
            room -= len(part)
            if not room:
                yield batch
                batch, room = [], size
    if batch:
        yield batch
