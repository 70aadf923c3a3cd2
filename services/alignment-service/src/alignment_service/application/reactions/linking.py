from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from helmlog_events.envelope import Append, NewEvent, SourcedEvent, StreamWrite, caused_by

from alignment_service.application.graphs import GRAPH_STREAM, StandingGraph
from alignment_service.domain.links.decide import LinkCommand, decide


class Linking:
    """Several commands about links that one event leads to, each decided on what the last left."""

    def __init__(self, standing: StandingGraph) -> None:
        self._standing = standing
        self._begun_at = standing.version
        self._news: list[NewEvent] = []

    def decide(self, command: LinkCommand, occurred_at: datetime) -> None:
        for event in decide(command, self._standing.graph):
            new = NewEvent(event, occurred_at)
            self._standing.follow(new)
            self._news.append(new)

    def appends(self, event: SourcedEvent, reaction: str) -> Sequence[Append]:
        if not self._news:
            return []
        write = StreamWrite(GRAPH_STREAM, self._begun_at, tuple(self._news))
        return [Append(event.record.tenant, caused_by(event, reaction), (write,))]
