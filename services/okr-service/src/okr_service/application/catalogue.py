from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from helmlog_events.contracts.event import Event
from helmlog_events.envelope import NEW_STREAM, NewEvent, StreamWrite
from helmlog_events.ids import stream_id

from okr_service.domain.aggregates import KEY_RESULT, OBJECTIVE
from okr_service.domain.board import sheet_of
from okr_service.domain.catalogue.instantiate import Instantiated
from okr_service.domain.sheet import ObjectiveSheet


def writes_of(made: Instantiated, at: datetime) -> tuple[StreamWrite, ...]:
    """New streams, true since `at`."""
    objective_id = made.objective.facts.objective_id
    return (
        *(
            _new(stream_id(KEY_RESULT.category, part.state.facts.key_result_id), part.events, at)
            for part in made.key_results
        ),
        _new(stream_id(OBJECTIVE.category, objective_id), made.events, at),
    )


def sheet_of_new(made: Instantiated) -> ObjectiveSheet:
    parts = tuple(sheet_of(part.state, len(part.events)) for part in made.key_results)
    return ObjectiveSheet(made.objective, len(made.events), parts)


def _new(stream: str, events: Sequence[Event], at: datetime) -> StreamWrite:
    return StreamWrite(stream, NEW_STREAM, tuple(NewEvent(event, at) for event in events))
