from __future__ import annotations

from collections.abc import Sequence

from helmlog_events.contracts.okr import StrategyStated
from helmlog_events.envelope import RecordedEvent
from helmlog_events.ids import stream_id

from okr_service.application.decided import Decided
from okr_service.application.organisation import ALL
from okr_service.application.streams import Loaded, StreamReader, Streams
from okr_service.application.told import decided_as_told
from okr_service.domain.aggregates import STRATEGY
from okr_service.domain.cut import Cut
from okr_service.domain.strategy.decide import StateStrategy, decide
from okr_service.domain.strategy.state import StrategyState
from okr_service.domain.timeline import Timeline
from okr_service.domain.told import Told


class StrategyHandlers:
    def __init__(self, reader: StreamReader, streams: Streams) -> None:
        self._reader = reader
        self._streams = streams

    async def state(
        self, tenant: str, command: StateStrategy, actor: str
    ) -> Decided[StrategyState]:
        """Raises the refusals of `decide`."""
        loaded = await load_strategy(self._streams, tenant)
        told = [Told(event, command.since, actor) for event in decide(command, loaded.state)]
        return decided_as_told(STRATEGY, loaded, told)

    async def history(self, tenant: str, cut: Cut) -> Sequence[RecordedEvent]:
        """What was stated within `cut`, in the order it holds."""
        records = await self._reader.read_stream(
            tenant, stream_id(STRATEGY.category, ALL), up_to_seq=cut.up_to_seq
        )
        found = [
            record
            for record in records
            if cut.valid_at is None or record.occurred_at <= cut.valid_at
        ]
        return sorted(found, key=lambda record: (record.occurred_at, record.version))


async def load_strategy(
    streams: Streams, tenant: str, cut: Cut | None = None
) -> Loaded[Timeline[StrategyStated]]:
    """All that was stated, as far as it was known: what held when is asked of the timeline."""
    if cut is None or cut.up_to_seq is None:
        return await streams.load(STRATEGY, tenant, ALL)
    return await streams.load_at(STRATEGY, tenant, ALL, Cut(cut.moment, up_to_seq=cut.up_to_seq))
