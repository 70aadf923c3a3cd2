"""What a service hangs into its pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from helmlog_events.envelope import Append, SourcedEvent
from helmlog_events.store.postgres.transaction import Transaction


class Projection(Protocol):
    """A read model: tables made from events and nothing else, so that they can be made again.

    Each row belongs to one stream, or what makes it commutes across streams: the order between
    streams is not the same in a rebuild.
    """

    @property
    def name(self) -> str:
        """Unique in the service: `okr_board`."""

    @property
    def sources(self) -> frozenset[str]:
        """The logs it reads: the service's own or foreign ones."""

    @property
    def tables(self) -> Sequence[Table]:
        """What it owns, without a schema: a rebuild puts the same tables in another one."""

    async def apply(self, sql: AsyncConnection, events: Sequence[SourcedEvent]) -> None:
        """Writes what `events`, each handed over once and in order, change. Core only."""


class Reaction(Protocol):
    """A policy: an event leads to a command of this service."""

    @property
    def name(self) -> str:
        """The actor of what it decides: `system:<name>`."""

    @property
    def sources(self) -> frozenset[str]: ...

    @property
    def types(self) -> frozenset[str]:
        """The event types it listens to."""

    async def react(self, tx: Transaction, event: SourcedEvent) -> Sequence[Append]:
        """Decides in the batch's transaction; the pipeline appends at its end."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something to be done at an instant; with its source's name this is all that identifies it."""

    at: datetime
    tenant: str
    key: str
    """What it is about, in words of the source: `activate/<cycle id>`."""


class TimerSource(Protocol):
    """What a service knows of instants to come, and what it does when they have come."""

    @property
    def name(self) -> str:
        """The actor of what it decides: `system:<name>`."""

    async def due(self, sql: AsyncConnection, by: datetime, limit: int) -> Sequence[Due]:
        """The first `limit`, by time, of what is due at or before `by` and not yet done.

        Read from a read model, and as far behind as that is.
        """

    async def fire(self, tx: Transaction, due: Due) -> Sequence[Append]:
        """Decides, in one transaction with its appends, which `Timers` makes at its end.

        Each write expects the version that was read: what was done before comes to nothing. The
        metadata is `fired_by(self, due)`.
        """
