"""What a service hangs into its pipeline."""

from __future__ import annotations

from collections.abc import Sequence
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
