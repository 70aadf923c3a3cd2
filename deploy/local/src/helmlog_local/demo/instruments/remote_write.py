"""A Prometheus remote write 1.0, as any agent sends it: protobuf, compressed with snappy.

The format: https://prometheus.io/docs/specs/prw/remote_write_spec/
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Final

import cramjam

from helmlog_local.company.series import Reading

HEADERS: Final = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}
_MILLISECONDS: Final = 1000
_SEVEN_BITS: Final = 7
_VARINT, _DOUBLE, _BYTES = 0, 1, 2


def remote_write(labels: Mapping[str, str], readings: Sequence[Reading]) -> bytes:
    """One series with its samples; a value becomes a double, as in Prometheus."""
    named = b"".join(
        _bytes(1, _bytes(1, name.encode()) + _bytes(2, labels[name].encode()))
        for name in sorted(labels)
    )
    samples = b"".join(_bytes(2, _sample(reading)) for reading in readings)
    return bytes(cramjam.snappy.compress_raw(_bytes(1, named + samples)))


def _sample(reading: Reading) -> bytes:
    milliseconds = round(reading.observed_at.timestamp() * _MILLISECONDS)
    value = _key(1, _DOUBLE) + struct.pack("<d", float(reading.value))
    return value + _key(2, _VARINT) + _varint(milliseconds)


def _bytes(field: int, content: bytes) -> bytes:
    return _key(field, _BYTES) + _varint(len(content)) + content


def _key(field: int, kind: int) -> bytes:
    return _varint(field << 3 | kind)


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that there are more."""
    encoded = bytearray()
    while number >> _SEVEN_BITS:
        encoded.append(number & 0x7F | 0x80)
        number >>= _SEVEN_BITS
    encoded.append(number)
    return bytes(encoded)
