"""The issuer's public keys: out of a file or from its address, the last good set kept."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

import httpx
import orjson
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from helmlog_web.auth import KeysUnavailable
from helmlog_web.settings import ServiceSettings

_log = structlog.get_logger(__name__)
_MAX_AGE: Final = 600.0
_PAUSE: Final = 30.0


class Keys(Protocol):
    async def current(self, kid: str | None) -> KeySet:
        """The keys, read afresh when `kid` is not among them. Raises `KeysUnavailable`."""


class FileKeys:
    """A JWKS file, read again when it changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._keys: KeySet | None = None

    async def current(self, kid: str | None) -> KeySet:
        del kid  # the file's time says by itself when it holds other keys
        try:
            # One local stat a request is cheaper than a thread to do it in.
            status = os.stat(self._path)  # noqa: PTH116  # half the price of the path's own
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp != self._stamp:
                self._keys = read_key_set(self._path.read_bytes())
                self._stamp = stamp
        except (OSError, ValueError) as error:
            _log.warning("jwks_unreadable", path=str(self._path), error=str(error))
        if self._keys is None:
            raise KeysUnavailable(str(self._path))
        return self._keys


class URLKeys:
    """A JWKS address: fetched when first needed, every ten minutes, and for an unknown key id.

    An attempt follows the one before after 30 s at the earliest, so that tokens with made-up key
    ids cost the issuer nothing.
    """

    def __init__(
        self,
        url: str,
        *,
        client: Callable[[], httpx.AsyncClient] = lambda: httpx.AsyncClient(timeout=5.0),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._client = client
        self._clock = clock
        self._keys: KeySet | None = None
        self._tried_at = float("-inf")
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()

    async def current(self, kid: str | None) -> KeySet:
        if self._is_due(kid):
            async with self._lock:
                if self._is_due(kid):
                    await self._fetch()
        if self._keys is None:
            raise KeysUnavailable(self._url)
        return self._keys

    def _is_due(self, kid: str | None) -> bool:
        now = self._clock()
        if now - self._tried_at < _PAUSE:
            return False
        return self._keys is None or now - self._read_at > _MAX_AGE or not has_key(self._keys, kid)

    async def _fetch(self) -> None:
        self._tried_at = self._clock()
        try:
            async with self._client() as client:
                response = await client.get(self._url)
            response.raise_for_status()
            self._keys = read_key_set(response.content)
            self._read_at = self._clock()
        except (httpx.HTTPError, ValueError) as error:
            _log.warning("jwks_unreachable", url=self._url, error=repr(error))


def has_key(keys: KeySet, kid: str | None) -> bool:
    return kid is None or any(key.kid == kid for key in keys)


def read_key_set(content: bytes) -> KeySet:
    """Raises `ValueError` for what is not a JWKS with at least one usable key."""
    document: Any = orjson.loads(content)
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("a JWKS is an object with a list of keys")  # noqa: TRY004  # as promised
    try:
        return KeySet.import_key_set({"keys": document["keys"]})
    except (JoseError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"the JWKS holds no usable key: {error}") from error


def create_keys(settings: ServiceSettings) -> Keys:
    if settings.jwks_path is not None:
        return FileKeys(settings.jwks_path)
    return URLKeys(str(settings.jwks_url))
