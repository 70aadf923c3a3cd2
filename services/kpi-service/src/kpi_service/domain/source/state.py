"""A source as its events tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from hmac import compare_digest
from typing import assert_never
from uuid import UUID

from helmlog_events.contracts.kpi import (
    SeriesMapping,
    SourceKeyRotated,
    SourceRegistered,
    SourceRevised,
    SourceRevoked,
)

from kpi_service.domain.source.events import SourceEvent


@dataclass(frozen=True, slots=True)
class Unregistered:
    """Nothing stands under this id."""


@dataclass(frozen=True)
class Registered:
    """`kpi_ids` are those it may send, none for all. Of `series` the first that fits counts."""

    source_id: UUID
    name: str
    description: str | None
    kpi_ids: tuple[UUID, ...] | None
    series: tuple[SeriesMapping, ...]
    key_digest: str
    previous_digest: str | None = None
    previous_until: datetime | None = None

    def accepts(self, digest: str, at: datetime) -> bool:
        """Whether this is the digest of its key, or of the one before while that is accepted.

        Takes as long whatever the digest is.
        """
        current = compare_digest(self.key_digest, digest)
        previous = compare_digest(self.previous_digest or self.key_digest, digest)
        overlapping = self.previous_until is not None and at < self.previous_until
        return current or (previous and overlapping)

    def may_send(self, kpi_id: UUID) -> bool:
        return self.kpi_ids is None or kpi_id in self._allowed

    @cached_property
    def _allowed(self) -> frozenset[UUID]:
        return frozenset(self.kpi_ids or ())


@dataclass(frozen=True, slots=True)
class Revoked:
    """For good: its name stays taken, so that its readings are never another's."""

    source: Registered
    reason: str


SourceState = Unregistered | Registered | Revoked

INITIAL = Unregistered()


def evolve(state: SourceState, event: SourceEvent) -> SourceState:
    match event, state:
        case SourceRegistered(), _:
            return Registered(
                event.source_id,
                event.name,
                event.description,
                event.kpi_ids,
                event.series,
                event.key_digest,
            )
        case _, (Unregistered() | Revoked()):
            return state  # the first event registers, and nothing follows the last
        case SourceRevised(), Registered():
            return replace(
                state,
                description=event.description,
                kpi_ids=event.kpi_ids,
                series=event.series,
            )
        case SourceKeyRotated(), Registered():
            return replace(
                state,
                key_digest=event.key_digest,
                previous_digest=state.key_digest,
                previous_until=event.previous_until,
            )
        case SourceRevoked(), Registered():
            return Revoked(state, event.reason)
        case _ as unreachable:
            assert_never(unreachable)


def fold(events: Iterable[SourceEvent], state: SourceState = INITIAL) -> SourceState:
    for event in events:
        state = evolve(state, event)
    return state
