"""A cycle and all that stands in it, folded from its events as they come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from helmlog_events.contracts.okr import KeyResultGraded, ObjectiveClosed
from helmlog_events.envelope import RecordedEvent
from helmlog_events.ids import stream_category, stream_id

from okr_service.domain.aggregates import AGGREGATES, CYCLE, INITIATIVE, KEY_RESULT, OBJECTIVE
from okr_service.domain.contributions import ToldLink, contributions_of, with_contributions
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.initiative.sheet import InitiativeSheet
from okr_service.domain.initiative.state import Initiative
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.objective.state import Objective
from okr_service.domain.sheet import KeyResultSheet, ObjectiveSheet
from okr_service.domain.status import Measured

_ENDS: Final = frozenset({KeyResultGraded.event_type, ObjectiveClosed.event_type})


class Board:
    """The states of a cycle's streams, and the version each stands at.

    Of a key result's updates it needs the newest only, so what a measure looks back at is not to
    be read off it. `told` is what alignment said of contributions.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.told: Sequence[ToldLink] = ()
        self._states: dict[str, dict[str, tuple[Any, int]]] = defaultdict(dict)
        self._ended_at: dict[str, datetime] = {}

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
            if record.type in _ENDS:
                self._ended_at[record.stream] = record.occurred_at

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
        sheets.sort(key=lambda sheet: sheet.objective.facts.objective_id)
        return with_contributions(sheets, contributions_of(sheets, self.told))

    def contributed_to(self, objective_id: UUID) -> Measured | None:
        """What its contributing children come to; none of an objective with key results."""
        return next(
            (
                sheet.contributed
                for sheet in self.objectives()
                if sheet.objective.facts.objective_id == objective_id
            ),
            None,
        )

    def objective_ended_at(self, objective_id: UUID) -> datetime | None:
        """Since when it is closed as it is."""
        return self._ended_at.get(stream_id(OBJECTIVE.category, objective_id))

    def key_result_graded_at(self, key_result_id: UUID) -> datetime | None:
        """Since when it has its grade."""
        return self._ended_at.get(stream_id(KEY_RESULT.category, key_result_id))

    def initiatives(self) -> Sequence[InitiativeSheet]:
        """In the order they were planned."""
        sheets = (
            InitiativeSheet(initiative, version)
            for initiative, version in self._all(INITIATIVE.category, Initiative)
        )
        return sorted(sheets, key=lambda sheet: sheet.initiative.facts.initiative_id)

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
        reminded_of=key_result.reminded_of,
        basis=key_result.basis,
    )
