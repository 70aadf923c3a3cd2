"""A key result with what stands above it, within the transaction of a reaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from helmlog_events.envelope import Append, Metadata, NewEvent, StreamWrite
from helmlog_events.store.postgres.transaction import Transaction

from okr_service.application.streams import Loaded, Streams, narrowed
from okr_service.domain.aggregates import CYCLE, KEY_RESULT, OBJECTIVE
from okr_service.domain.cycle.state import Cycle, NoCycle
from okr_service.domain.key_result.state import KeyResult, NoKeyResult
from okr_service.domain.objective.state import NoObjective, Objective


@dataclass(frozen=True, slots=True)
class Work:
    key_result: Loaded[KeyResult]
    objective: Loaded[Objective]
    cycle: Loaded[Cycle]

    def append(self, tenant: str, metadata: Metadata, events: Sequence[NewEvent]) -> list[Append]:
        """One append to the key result that rests on all three; none without events."""
        if not events:
            return []
        write = StreamWrite(self.key_result.stream, self.key_result.version, tuple(events))
        return [Append(tenant, metadata, (write, self.objective.guard, self.cycle.guard))]


async def load_work_in(
    streams: Streams, tx: Transaction, tenant: str, key_result_id: UUID
) -> Work | None:
    loaded = await streams.load_in(tx, KEY_RESULT, tenant, key_result_id)
    if isinstance(loaded.state, NoKeyResult):
        return None
    facts = loaded.state.facts
    objective = await streams.load_in(tx, OBJECTIVE, tenant, facts.objective_id)
    cycle = await streams.load_in(tx, CYCLE, tenant, facts.cycle_id)
    if isinstance(objective.state, NoObjective) or isinstance(cycle.state, NoCycle):
        return None
    return Work(
        narrowed(loaded, loaded.state),
        narrowed(objective, objective.state),
        narrowed(cycle, cycle.state),
    )
