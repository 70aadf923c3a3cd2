"""A remote write's body: snappy's block format around protobuf, both within bounds."""

from __future__ import annotations

from typing import Final

import cramjam
from google.protobuf.message import DecodeError

from kpi_service.application.formats import BodyUnreadable
from kpi_service.application.remote_write.wire_pb2 import Label, WriteRequest

MOST_SAMPLES: Final = 100_000
"""In one request, series without samples counted too; Prometheus sends 2,000 by default."""

Labels = tuple[bytes, ...]
"""A series, by its labels as they were encoded."""


class PayloadTooLarge(Exception):
    """What the body holds is more than is taken at once; the message says what."""


def read_request(body: bytes, longest: int) -> WriteRequest:
    """Raises `BodyUnreadable`, or `PayloadTooLarge` beyond `longest` bytes or `MOST_SAMPLES`."""
    if len(body) > longest:
        raise PayloadTooLarge(f"{len(body)} bytes; {longest} are taken")
    try:
        # Said by the first bytes: a small body that would grow large is told before it does.
        length = cramjam.snappy.decompress_raw_len(body)
        if length > longest:
            raise PayloadTooLarge(f"{length} bytes once decompressed; {longest} are taken")
        request: WriteRequest = WriteRequest.FromString(bytes(cramjam.snappy.decompress_raw(body)))
    except cramjam.DecompressionError as error:
        raise BodyUnreadable(f"the body is not in snappy's block format: {error}") from error
    except DecodeError as error:
        raise BodyUnreadable("the body is no prometheus.WriteRequest") from error
    count = len(request.timeseries)
    if count <= MOST_SAMPLES:
        count = sum(len(series.samples) or 1 for series in request.timeseries)
    if count > MOST_SAMPLES:
        raise PayloadTooLarge(f"{count} series or samples; {MOST_SAMPLES} are taken")
    return request


def read_labels(series: Labels) -> dict[str, str]:
    """Raises `BodyUnreadable`."""
    try:
        labels = [Label.FromString(label) for label in series]
    except DecodeError as error:
        raise BodyUnreadable("a label is no prometheus.Label") from error
    return {label.name: label.value for label in labels}


def notation(labels: dict[str, str]) -> str:
    """As Prometheus shows a series: `up{job="api"}`."""
    rest = ",".join(f'{name}="{value}"' for name, value in labels.items() if name != "__name__")
    return f"{labels.get('__name__', '')}{{{rest}}}"
