"""Content-Encoding undone piece by piece, so that no body is larger in memory than a piece."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

PIECE: Final = 256 * 1024
"""Bytes that come out of a decoder at once, however much they were compressed."""

_GZIP: Final = 16 + zlib.MAX_WBITS


class EncodingBroken(ValueError):
    """The bytes are not what Content-Encoding says; the message may be shown to their sender."""


class Decoder(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]:
        """Pieces of up to `PIECE` bytes. Raises `EncodingBroken`."""

    def end(self) -> None:
        """Raises `EncodingBroken` when the bytes end in the middle."""


class Identity:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def end(self) -> None:
        pass


class Inflate:
    """gzip (RFC 1952, also several members one after the other) or zlib (RFC 1950)."""

    def __init__(self, name: str, window: int) -> None:
        self._name = name
        self._window = window
        self._engine = zlib.decompressobj(window)

    def feed(self, data: bytes) -> Iterator[bytes]:
        piece = b""
        # A full piece may have more behind it, though all of the data has gone in.
        while data or len(piece) == PIECE:
            if self._engine.eof:
                if self._window != _GZIP:
                    raise EncodingBroken(f"something follows the end of the {self._name} data")
                self._engine = zlib.decompressobj(self._window)
            try:
                piece = self._engine.decompress(data, PIECE)
            except zlib.error as error:
                raise EncodingBroken(f"the {self._name} data is broken: {error}") from error
            if piece:
                yield piece
            data = self._engine.unused_data if self._engine.eof else self._engine.unconsumed_tail
            if self._engine.eof and not data:
                return

    def end(self) -> None:
        if not self._engine.eof:
            raise EncodingBroken(f"the {self._name} data ends in the middle")


Decoders = Mapping[str, Callable[[], Decoder]]
"""By the name in Content-Encoding (RFC 9110)."""

DECODERS: Final[Decoders] = {
    "identity": Identity,
    "gzip": lambda: Inflate("gzip", _GZIP),
    "x-gzip": lambda: Inflate("gzip", _GZIP),
    "deflate": lambda: Inflate("deflate", zlib.MAX_WBITS),
}
