"""Initiatives as they stand together: how many, and what they take."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.okr import EffortUnit

from okr_service.domain.arithmetic import add
from okr_service.domain.course import Course
from okr_service.domain.initiative.state import (
    Cancelled,
    Finished,
    Initiative,
    InitiativeStateName,
    state_name,
)


@dataclass(frozen=True, slots=True)
class InitiativeSheet:
    initiative: Initiative
    version: int

    def is_overdue(self, course: Course, moment: datetime) -> bool:
        """Due by the cycle's clock, and neither finished nor cancelled."""
        due_on = self.initiative.facts.definition.due_on
        if due_on is None or isinstance(self.initiative, Finished | Cancelled):
            return False
        return course.end_of(due_on) <= course.clock(moment)


@dataclass(frozen=True, slots=True)
class InitiativeSummary:
    """Counts by state, sums of effort by unit: hours and points make no sum.

    `effort` is what is planned, without what was cancelled; `effort_spent` what was counted.
    """

    counts: Mapping[InitiativeStateName, int] = field(default_factory=dict)
    effort: Mapping[EffortUnit, Decimal] = field(default_factory=dict)
    effort_spent: Mapping[EffortUnit, Decimal] = field(default_factory=dict)


def summarise(initiatives: Iterable[Initiative]) -> InitiativeSummary:
    counts: Counter[InitiativeStateName] = Counter()
    effort: dict[EffortUnit, list[Decimal]] = defaultdict(list)
    spent: dict[EffortUnit, list[Decimal]] = defaultdict(list)
    for initiative in initiatives:
        facts = initiative.facts
        counts[state_name(initiative)] += 1
        unit = facts.definition.effort_unit
        if facts.definition.effort is not None and not isinstance(initiative, Cancelled):
            effort[unit].append(facts.definition.effort)
        if facts.effort_spent is not None:
            spent[unit].append(facts.effort_spent)
    return InitiativeSummary(counts, _sums(effort), _sums(spent))


def summarise_by_key_result(sheets: Iterable[InitiativeSheet]) -> dict[UUID, InitiativeSummary]:
    found: dict[UUID, list[Initiative]] = defaultdict(list)
    for sheet in sheets:
        found[sheet.initiative.facts.key_result_id].append(sheet.initiative)
    return {key: summarise(found[key]) for key in sorted(found)}


def _sums(numbers: Mapping[EffortUnit, list[Decimal]]) -> dict[EffortUnit, Decimal]:
    return {unit: add(found) for unit, found in sorted(numbers.items())}
