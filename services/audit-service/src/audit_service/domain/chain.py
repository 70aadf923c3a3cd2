"""Walking a journal along its chain, as far as it is without a gap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from helmlog_events.canonical import GENESIS
from helmlog_events.contracts.audit import TamperingDetected
from helmlog_events.envelope import RecordedEvent

from audit_service.domain.entries import follows, gives_its_leaf


@dataclass(frozen=True, slots=True)
class ChainPosition:
    """Up to `seq` the journal of `source` has been checked; `hash` is that of its last entry."""

    source: str
    seq: int = 0
    hash: bytes = GENESIS


@dataclass(frozen=True, slots=True)
class Walk:
    position: ChainPosition
    tampered: tuple[TamperingDetected, ...]


def walk(start: ChainPosition, entries: Iterable[RecordedEvent]) -> Walk:
    """Checks `entries`, in order of `seq`, up to the first one that has not arrived yet.

    What does not hold is told once; the walk goes on from the entry as it stands, so that one
    altered entry does not make all later ones suspect.
    """
    position = start
    tampered: list[TamperingDetected] = []
    for entry in entries:
        if entry.seq != position.seq + 1:
            break
        if not gives_its_leaf(entry):
            tampered.append(
                TamperingDetected(
                    source=start.source,
                    seq=entry.seq,
                    finding="altered",
                    detail="its content does not give its leaf",
                )
            )
        elif not follows(entry, position.hash):
            tampered.append(
                TamperingDetected(
                    source=start.source,
                    seq=entry.seq,
                    finding="unchained",
                    detail="its hash does not follow from the entry before",
                )
            )
        position = ChainPosition(start.source, entry.seq, entry.hash)
    return Walk(position, tuple(tampered))
