"""What a decision rests on, between the loads that feed it and the append that commits it.

An append checks the versions it rests on anyway. So a decision may first take states from memory,
without reading: if they were behind, the append fails and nothing was written. What the append does
not check, a refusal or a decision to do nothing, is never told from memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from helmlog_events.envelope import StreamWrite


class Memory(Protocol):
    """Keeps folded states from one command to the next."""

    def learn(self, tenant: str, writes: Sequence[StreamWrite]) -> None:
        """Takes in what was just committed."""


class Basis:
    """The states that one decision has loaded. It sees each stream once: loaded again, it is as
    it was the first time.

    `trusting`: it may take them from memory; `recalled` are those it took, by stream and version.
    """

    def __init__(self, *, trusting: bool) -> None:
        self.trusting = trusting
        self.loaded: dict[tuple[str, str], Any] = {}
        self.recalled: set[tuple[str, int]] = set()
        self.memory: Memory | None = None

    def is_checked_by(self, writes: Sequence[StreamWrite]) -> bool:
        """Whether an append of `writes` fails if anything that was recalled is behind."""
        if not self.recalled:
            return True
        if not any(write.events for write in writes):
            return False  # nothing would be appended, and so nothing checked
        return self.recalled <= {(write.stream, write.expected) for write in writes}

    def committed(self, tenant: str, writes: Sequence[StreamWrite]) -> None:
        if self.memory is not None:
            self.memory.learn(tenant, writes)


_current: ContextVar[Basis | None] = ContextVar("basis", default=None)


def current_basis() -> Basis | None:
    """That of the decision under way; none outside of one: then what is loaded must be read."""
    return _current.get()


@contextmanager
def deciding(*, trusting: bool) -> Iterator[Basis]:
    """A decision is made within the block."""
    basis = Basis(trusting=trusting)
    token = _current.set(basis)
    try:
        yield basis
    finally:
        _current.reset(token)
