"""Remote writes as Prometheus sends them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping

import cramjam
from kpi_service.application.remote_write.payload import Labels
from kpi_service.application.remote_write.wire_pb2 import Label, TimeSeries, WriteRequest

HEADERS = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}
(STALE,) = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))


def encoded(labels: Mapping[str, str]) -> Labels:
    return tuple(
        Label(name=name, value=value).SerializeToString() for name, value in sorted(labels.items())
    )


def series(
    labels: Mapping[str, str], samples: Iterable[tuple[int, float]], histograms: int = 0
) -> TimeSeries:
    return TimeSeries(
        labels=encoded(labels),
        samples=[{"timestamp": moment, "value": value} for moment, value in samples],
        histograms=[b""] * histograms,
    )


def body(*content: TimeSeries) -> bytes:
    return compressed(WriteRequest(timeseries=content).SerializeToString())


def compressed(content: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(content))
