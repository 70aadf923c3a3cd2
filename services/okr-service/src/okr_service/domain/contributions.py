"""Which objectives contribute to which, and what an objective without key results comes to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from helmlog_events.contracts.nodes import Node

from okr_service.domain.arithmetic import ONE
from okr_service.domain.objective.state import is_pursued
from okr_service.domain.sheet import ObjectiveSheet, measure_objective
from okr_service.domain.status import Measured, combine


class ToldLink(NamedTuple):
    """What alignment said last of a child and a parent; `weight` is none where it was removed."""

    child_id: UUID
    parent: Node
    weight: Decimal | None


@dataclass(frozen=True, slots=True)
class Contribution:
    child_id: UUID
    parent: Node
    weight: Decimal


def contributions_of(
    sheets: Iterable[ObjectiveSheet], told: Sequence[ToldLink]
) -> list[Contribution]:
    """What alignment says stands; where it has not spoken of the parent that an objective was
    drafted under, that holds.
    """
    spoken = {(link.child_id, link.parent.id): link for link in told}
    drafted = [
        Contribution(facts.objective_id, facts.contributes_to, ONE)
        for facts in (sheet.objective.facts for sheet in sheets)
        if facts.contributes_to is not None
        and (facts.objective_id, facts.contributes_to.id) not in spoken
    ]
    linked = [
        Contribution(link.child_id, link.parent, link.weight)
        for link in spoken.values()
        if link.weight is not None
    ]
    return drafted + linked


def parents_of(sheets: Sequence[ObjectiveSheet], told: Sequence[ToldLink]) -> dict[UUID, Node]:
    """Of many parents the one drafted under, if that stands, else the first linked to."""
    drafted = {
        facts.objective_id: facts.contributes_to
        for facts in (sheet.objective.facts for sheet in sheets)
    }
    parents: dict[UUID, Node] = {}
    for contribution in contributions_of(sheets, told):
        child, parent = contribution.child_id, contribution.parent
        if child in drafted and (child not in parents or drafted[child] == parent):
            parents[child] = parent
    return parents


def with_contributions(
    sheets: Sequence[ObjectiveSheet], contributions: Iterable[Contribution]
) -> list[ObjectiveSheet]:
    """Each objective without key results gets the weighted mean of its contributing children."""
    known = {sheet.objective.facts.objective_id: sheet for sheet in sheets}
    below: dict[UUID, list[Contribution]] = defaultdict(list)
    for contribution in contributions:
        if contribution.parent.type == "objective" and contribution.child_id in known:
            below[contribution.parent.id].append(contribution)
    measured = _Measuring(known, below)
    return [
        sheet
        if sheet.counted
        else replace(sheet, contributed=measured.children(sheet.objective.facts.objective_id))
        for sheet in sheets
    ]


class _Measuring:
    """Each objective is measured once. A loop, which alignment keeps out, ends where it began."""

    def __init__(
        self, known: Mapping[UUID, ObjectiveSheet], below: Mapping[UUID, Sequence[Contribution]]
    ) -> None:
        self._known = known
        self._below = below
        self._measured: dict[UUID, Measured | None] = {}

    def children(self, objective_id: UUID) -> Measured | None:
        if objective_id not in self._measured:
            self._measured[objective_id] = None
            self._measured[objective_id] = combine(
                (part.weight, self._of(part.child_id)) for part in self._below.get(objective_id, ())
            )
        return self._measured[objective_id]

    def _of(self, child_id: UUID) -> Measured | None:
        sheet = self._known[child_id]
        if not is_pursued(sheet.objective):
            return None
        return measure_objective(sheet) if sheet.counted else self.children(child_id)
