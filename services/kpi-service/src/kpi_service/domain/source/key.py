"""The key a source sends with: what it looks like, and what is kept of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

PREFIX: Final = "hlk_"
"""Tells keys from tokens, and lets a scanner of leaked secrets know what it found."""
SECRET_BYTES: Final = 32

_KEY: Final = re.compile(
    r"hlk_(?P<source>[0-9a-f]{32})_(?P<secret>[0-9a-f]{64})_(?P<tenant>[A-Za-z0-9_-]{1,64})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """Whose a key says it is: where to look up whether that is so."""

    tenant: str
    source_id: UUID


def make_key(owner: KeyOwner, secret: bytes) -> str:
    """`hlk_<source id>_<secret>_<tenant>`; `secret` is `SECRET_BYTES` of randomness."""
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a secret has {SECRET_BYTES} bytes")
    return f"{PREFIX}{owner.source_id.hex}_{secret.hex()}_{owner.tenant}"


def key_owner(key: str) -> KeyOwner | None:
    """None for what is no key."""
    match = _KEY.fullmatch(key)
    return None if match is None else KeyOwner(match["tenant"], UUID(hex=match["source"]))


def key_digest(key: str) -> str:
    """SHA-256, in hex, of the whole key: with 256 random bits in it, it needs neither salt nor
    stretching, and another tenant's name in it makes it another key.
    """
    return sha256(key.encode()).hexdigest()
