"""Keys as they come in with a request: whose they are, and whether they hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from helmlog_events.store.postgres.connections import driver
from sqlalchemy.ext.asyncio import AsyncEngine

from kpi_service.application.source_book import SourceBook
from kpi_service.domain.source.key import KeyOwner, key_digest, key_owner
from kpi_service.domain.source.state import Registered, Revoked, SourceState


class KeyRefused(Exception):
    """The key is not accepted; the message may be shown to its bearer."""


@dataclass(frozen=True, slots=True)
class SourceKeys:
    engine: AsyncEngine
    book: SourceBook

    async def check(self, key: str, at: datetime) -> KeyOwner:
        """Whose key it is; raises `KeyRefused`.

        Asks the log each time, by one look into an index: a key that is revoked or replaced is
        accepted by no process from the commit on.
        """
        owner = key_owner(key)
        if owner is None:
            raise KeyRefused("it is not a key of a source")
        state = await self._state(owner)
        source = state.source if isinstance(state, Revoked) else state
        if not isinstance(source, Registered) or not source.accepts(key_digest(key), at):
            raise KeyRefused("the key is unknown or was replaced")
        if isinstance(state, Revoked):
            raise KeyRefused("the source is revoked")
        return owner

    async def source(self, owner: KeyOwner) -> Registered:
        """As it is now; raises `KeyRefused` once it is revoked."""
        state = await self._state(owner)
        if not isinstance(state, Registered):
            raise KeyRefused("the source is revoked")
        return state

    async def _state(self, owner: KeyOwner) -> SourceState:
        async with self.engine.connect() as connection:
            return await self.book.by_id(await driver(connection), owner.tenant, owner.source_id)
