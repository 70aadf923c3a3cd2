"""A cycle and all that stands in it, folded from its events as they come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from helmlog_events.envelope import RecordedEvent
from helmlog_events.ids import stream_category

from okr_service.domain.aggregates import AGGREGATES, CYCLE, KEY_RESULT, OBJECTIVE
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.objective.state import Objective
from okr_service.domain.sheet import KeyResultSheet, ObjectiveSheet


class Board:
    """The states of a cycle's streams, and the version each stands at.

    Of a key result's updates it needs the newest only, so what a measure looks back at is not to
    be read off it.
    """

    def __init__(self) -> None:
        self.seq = 0
        self._states: dict[str, dict[str, tuple[Any, int]]] = defaultdict(dict)

    def apply(self, records: Iterable[RecordedEvent]) -> None:
        for record in records:
            category = stream_category(record.stream)
            aggregate = AGGREGATES.get(category)
            self.seq = max(self.seq, record.seq)
            if aggregate is None:
                continue
            states = self._states[category]
            state, _ = states.get(record.stream, (aggregate.initial, 0))
            states[record.stream] = aggregate.evolve(state, record.event), record.version

    @property
    def cycle(self) -> tuple[Cycle, int] | None:
        """With its version; none before it was opened."""
        return next(iter(self._states[CYCLE.category].values()), None)

    def objectives(self) -> Sequence[ObjectiveSheet]:
        """In the order they were drafted, each with its key results in the order of their ids."""
        parts = self._key_results()
        sheets = [
            ObjectiveSheet(objective, version, tuple(parts[objective.facts.objective_id]))
            for objective, version in self._all(OBJECTIVE.category, Objective)
        ]
        return sorted(sheets, key=lambda sheet: sheet.objective.facts.objective_id)

    def _key_results(self) -> dict[UUID, list[KeyResultSheet]]:
        parts: dict[UUID, list[KeyResultSheet]] = defaultdict(list)
        for key_result, version in self._all(KEY_RESULT.category, KeyResult):
            parts[key_result.facts.objective_id].append(sheet_of(key_result, version))
        for known in parts.values():
            known.sort(key=lambda sheet: sheet.facts.key_result_id)
        return parts

    def _all(self, category: str, kind: Any) -> Iterable[tuple[Any, int]]:
        return (known for known in self._states[category].values() if isinstance(known[0], kind))


def sheet_of(key_result: KeyResult, version: int) -> KeyResultSheet:
    return KeyResultSheet(
        key_result.facts,
        key_result.current,
        key_result.remark,
        version,
        guarded=bool(key_result.breaches),
        grade=key_result.grade,
        cancelled=key_result.cancelled,
        basis=key_result.basis,
    )
