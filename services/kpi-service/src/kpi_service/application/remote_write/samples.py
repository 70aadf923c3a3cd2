"""From samples to readings, in one loop: all that is of a series is worked out before."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from kpi_service.application.numbers import read_value
from kpi_service.application.refused import RowRefused
from kpi_service.application.remote_write.payload import Labels, notation, read_labels
from kpi_service.application.remote_write.wire_pb2 import TimeSeries, WriteRequest
from kpi_service.domain.readings.reading import Lot, Reading, spell_instant

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_STALE: Final = struct.pack("<Q", 0x7FF0000000000002)
"""The NaN by which Prometheus says that a series has ended."""
_ZERO: Final = (Decimal(0), "0")
_LONGEST_NAME: Final = 200


@dataclass(slots=True)
class Samples:
    """What a request comes to, in samples. `rejected` counts by reason; `stale` are ends of series,
    `unmapped` are of no KPI, native `histograms` have no one value.
    """

    lots: dict[str, Lot] = field(default_factory=dict)
    """By KPI."""
    instants: dict[int, tuple[datetime, str]] = field(default_factory=dict)
    count: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    unmapped: int = 0
    stale: int = 0
    histograms: int = 0


def read_samples(
    request: WriteRequest,
    series: Sequence[Labels],
    kpis: Mapping[Labels, str],
    source: str,
    oldest: datetime,
    newest: datetime,
) -> Samples:
    """`series` are the labels of the request's, in order; `oldest` and `newest` bound the instants.

    Of two series that are the same KPI the first is taken: their samples, in one course, would be
    nobody's.
    """
    samples = Samples()
    first, last = (oldest - _EPOCH) // _MILLISECOND, (newest - _EPOCH) // _MILLISECOND
    taken: dict[str, Labels] = {}
    for labels, one in zip(series, request.timeseries, strict=True):
        kpi = kpis.get(labels)
        if kpi is None:
            samples.unmapped += len(one.samples) + len(one.histograms)
            continue
        samples.histograms += len(one.histograms)
        if taken.setdefault(kpi, labels) != labels and one.samples:
            other = notation(read_labels(taken[kpi]))[:_LONGEST_NAME]
            reason = f"another series, {other}, is the same KPI: tell them apart by a mapping"
            samples.rejected[_of(labels, reason)] += len(one.samples)
            continue
        _read_series(samples, labels, one, kpi, source, first, last)
    return samples


def _read_series(
    samples: Samples,
    labels: Labels,
    series: TimeSeries,
    kpi: str,
    source: str,
    first: int,
    last: int,
) -> None:
    lot = samples.lots.setdefault(kpi, Lot(kpi, source, []))
    instants, place = samples.instants, samples.count
    rejected: Counter[str] = Counter()
    for sample in series.samples:
        moment = sample.timestamp
        if not first <= moment <= last:
            rejected["observed too long ago, or too far ahead"] += 1
            continue
        value = sample.value
        text = repr(value)
        # Without an exponent, the shortest text of a double has few enough digits and places.
        if "e" not in text and "n" not in text:
            spelled = text.removesuffix(".0")
            number = Decimal(spelled)
            if not number:
                number, spelled = _ZERO
        elif struct.pack("<d", value) == _STALE:
            samples.stale += 1
            continue
        else:
            try:
                number, spelled = read_value(value)
            except RowRefused as refused:
                rejected[str(refused)] += 1
                continue
        instant = instants.get(moment)
        if instant is None:
            # Scrapes give many series one instant.
            observed_at = _EPOCH + moment * _MILLISECOND
            instant = instants[moment] = observed_at, spell_instant(observed_at)
        lot.readings.append(Reading(place, instant[0], number, None, instant[1], spelled))
        place += 1
    samples.count = place
    for reason, count in rejected.items():
        samples.rejected[_of(labels, reason)] += count


def _of(labels: Labels, reason: str) -> str:
    return f"{notation(read_labels(labels))[:_LONGEST_NAME]}: {reason}"
