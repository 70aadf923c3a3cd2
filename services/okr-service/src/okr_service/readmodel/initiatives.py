"""The work of a cycle, chosen and summed up from its board."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from okr_service.domain.board import Board
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.initiative.sheet import InitiativeSheet, InitiativeSummary, summarise
from okr_service.domain.initiative.state import Initiative, state_name
from okr_service.domain.organisation.state import Organisation


@dataclass(frozen=True, slots=True)
class InitiativeFilter:
    owner: str | None = None
    team: str | None = None
    state: str | None = None
    key_result_id: UUID | None = None
    overdue: bool | None = None

    def chooses(self, sheet: InitiativeSheet, cycle: Cycle, moment: datetime) -> bool:
        facts = sheet.initiative.facts
        return (
            self.owner in (None, facts.definition.owner)
            and self.team in (None, facts.definition.team)
            and self.state in (None, state_name(sheet.initiative))
            and self.key_result_id in (None, facts.key_result_id)
            and self.overdue in (None, sheet.is_overdue(cycle.facts.course, moment))
        )


@dataclass(frozen=True, slots=True)
class ListedInitiative:
    """`objective_id` is where its key result stands."""

    sheet: InitiativeSheet
    objective_id: UUID


def initiatives_of(
    board: Board, cycle: Cycle, chosen: InitiativeFilter, moment: datetime
) -> Sequence[ListedInitiative]:
    """In the order they were planned."""
    objectives = {
        part.facts.key_result_id: part.facts.objective_id
        for sheet in board.objectives()
        for part in sheet.key_results
    }
    return [
        ListedInitiative(sheet, objectives[sheet.initiative.facts.key_result_id])
        for sheet in board.initiatives()
        if chosen.chooses(sheet, cycle, moment)
    ]


def work_by_unit(
    initiatives: Iterable[ListedInitiative], organisation: Organisation, clock: datetime
) -> Mapping[str | None, InitiativeSummary]:
    """By the topmost unit above the team, or above the owner's unit where there is no team."""
    found: dict[str | None, list[Initiative]] = defaultdict(list)
    for item in initiatives:
        definition = item.sheet.initiative.facts.definition
        top = organisation.top_of(definition.team, clock) or organisation.top_of(
            definition.owner, clock
        )
        found[top].append(item.sheet.initiative)
    return {unit: summarise(found[unit]) for unit in sorted(found, key=lambda slug: slug or "")}
