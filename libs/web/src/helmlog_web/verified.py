"""Tokens that were verified: a signature is checked once, and not on each request it comes with."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from joserfc.jwk import KeySet

from helmlog_web.auth import Principal


@dataclass(frozen=True, slots=True)
class Verified:
    """Good until `expires_at` (seconds since 1970) for those who still trust exactly `keys`."""

    principal: Principal
    kid: str | None
    keys: KeySet
    expires_at: float


class VerifiedTokens:
    """The last `size` of them, by digest: the tokens themselves are not kept."""

    def __init__(self, *, size: int = 10_000, clock: Callable[[], float] = time.time) -> None:
        self._size = size
        self._clock = clock
        self._tokens: OrderedDict[bytes, Verified] = OrderedDict()

    def find(self, token: str) -> Verified | None:
        digest = _digest(token)
        found = self._tokens.get(digest)
        if found is None:
            return None
        if found.expires_at <= self._clock():
            del self._tokens[digest]
            return None
        self._tokens.move_to_end(digest)
        return found

    def keep(self, token: str, verified: Verified) -> None:
        self._tokens[_digest(token)] = verified
        if len(self._tokens) > self._size:
            self._tokens.popitem(last=False)


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()
