"""How the live workers of a consumer divide its partitions among them, without a coordinator."""

from __future__ import annotations

from helmlog_events.kafka.sessions import LockSession, lock_key

_MASK = (1 << 32) - 1


class Membership:
    """Each member holds one shared lock; whoever's session ends is no member any more."""

    def __init__(self, session: LockSession, consumer: str) -> None:
        self._session = session
        self._key = lock_key("members", consumer)

    async def join(self) -> None:
        await self._session.fetch("SELECT pg_advisory_lock_shared($1)", self._key)

    async def share_of(self, total: int) -> int:
        """How many of `total` partitions are this member's: all shares differ by one at most."""
        rows = await self._session.fetch(
            "SELECT pid, pid = pg_backend_pid() AS own FROM pg_locks"
            " WHERE locktype = 'advisory' AND granted AND objsubid = 1"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND classid = $1::bigint::oid AND objid = $2::bigint::oid ORDER BY pid",
            (self._key >> 32) & _MASK,
            self._key & _MASK,
        )
        rank = next(place for place, row in enumerate(rows) if row["own"])
        each, left_over = divmod(total, len(rows))
        return each + (1 if rank < left_over else 0)
