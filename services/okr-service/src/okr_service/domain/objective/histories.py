"""The events that an objective's values come from, and how a mean of them is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from helmlog_events.contracts.okr import (
    KeyResultAdded,
    KeyResultRevised,
    KeyResultTargetResolved,
    KeyResultUpdated,
    ObjectiveCheckInRecorded,
)
from helmlog_events.envelope import RecordedEvent
from helmlog_events.ids import stream_id
from helmlog_events.values import plain

from okr_service.domain.aggregates import KEY_RESULT, Aggregate
from okr_service.domain.explanation import Input

_DEFINITIONS = (
    KeyResultAdded.event_type,
    KeyResultRevised.event_type,
    KeyResultTargetResolved.event_type,
)

_Observed = KeyResultUpdated | ObjectiveCheckInRecorded


class Histories:
    """The events of the streams a value comes from, within the cut that is asked for."""

    def __init__(self, by_stream: Mapping[str, Sequence[RecordedEvent]]) -> None:
        self._by_stream = by_stream

    def newest(
        self, aggregate: Aggregate[Any], key: UUID, *types: str
    ) -> tuple[RecordedEvent, ...]:
        """The last event of these types, or none."""
        found = [record for record in self._of(aggregate, key) if record.type in types]
        return tuple(found[-1:])

    def definition(self, key_result_id: UUID) -> tuple[RecordedEvent, ...]:
        """What says how a key result is measured and what it weighs."""
        return self.newest(KEY_RESULT, key_result_id, *_DEFINITIONS)

    def measurement(self, key_result_id: UUID) -> tuple[RecordedEvent, ...]:
        """Its current one."""
        return self.newest_observed(KEY_RESULT, key_result_id, KeyResultUpdated)

    def newest_observed(
        self, aggregate: Aggregate[Any], key: UUID, kind: type[_Observed]
    ) -> tuple[RecordedEvent, ...]:
        """Of what was observed the one told last of the newest moment, or none."""
        known = [
            (event.observed_at, record.version, record)
            for record in self._of(aggregate, key)
            if record.type == kind.event_type and isinstance(event := record.event, kind)
        ]
        return (max(known)[2],) if known else ()

    def _of(self, aggregate: Aggregate[Any], key: UUID) -> Sequence[RecordedEvent]:
        return self._by_stream.get(stream_id(aggregate.category, key), ())


def weighted_mean_formula(inputs: Iterable[Input], mean: Decimal | None) -> str:
    """As `(1 * 0.5 + 3 * 0.25) / (1 + 3) = 0.3125`."""
    known = [(one.weight, one.value) for one in inputs if one.value is not None]
    if not known or mean is None:
        return "nothing to take the mean of"
    above = " + ".join(f"{plain(weight)} * {plain(value)}" for weight, value in known)
    below = " + ".join(plain(weight) for weight, _ in known)
    return f"({above}) / ({below}) = {plain(mean)}"


def in_order(*events: Iterable[RecordedEvent]) -> tuple[RecordedEvent, ...]:
    """Each once, as they were recorded."""
    by_seq = {record.seq: record for group in events for record in group}
    return tuple(by_seq[seq] for seq in sorted(by_seq))
