"""A cycle's objectives, each under what it contributes to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from helmlog_events.contracts.nodes import Node

from okr_service.domain.contributions import ToldLink, parents_of
from okr_service.domain.sheet import KeyResultSheet, ObjectiveSheet

DEEPEST: Final = 30
"""Levels of objectives in one tree; what lies deeper begins a tree of its own."""


@dataclass(frozen=True, slots=True)
class KeyResultBranch:
    sheet: KeyResultSheet
    objectives: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """`parent` is named on roots whose parent is not above them: of another cycle, not there at
    that moment, above them in a loop, or too far up.

    `objectives` are those right under the objective, beside those under its key results; counts
    are of everything below.
    """

    sheet: ObjectiveSheet
    parent: Node | None
    key_results: tuple[KeyResultBranch, ...]
    objectives: tuple[Branch, ...]
    objectives_below: int
    key_results_below: int


def grow_tree(sheets: Sequence[ObjectiveSheet], told: Sequence[ToldLink] = ()) -> Sequence[Branch]:
    """The roots, in the order of `sheets`; every objective stands in it once: under the parent it
    was drafted under, or where that does not hold any more, under the first it was linked to.
    """
    parents = parents_of(sheets, told)
    above = _above(sheets, parents)
    below: dict[Node, list[ObjectiveSheet]] = defaultdict(list)
    roots: list[ObjectiveSheet] = []
    starts = _starts(sheets, above)
    for sheet in sheets:
        objective_id = sheet.objective.facts.objective_id
        parent = parents.get(objective_id)
        if parent is None or objective_id in starts:
            roots.append(sheet)
        else:
            below[parent].append(sheet)
    return [
        _branch(sheet, below, parent=parents.get(sheet.objective.facts.objective_id))
        for sheet in roots
    ]


def all_branches(roots: Sequence[Branch]) -> Iterator[Branch]:
    """Each objective before those under it."""
    for branch in roots:
        yield branch
        yield from all_branches(branch.objectives)
        for part in branch.key_results:
            yield from all_branches(part.objectives)


def _above(sheets: Sequence[ObjectiveSheet], parents: Mapping[UUID, Node]) -> Mapping[UUID, UUID]:
    """Of each objective the one right above it, itself or by a key result; none if not here."""
    holders: dict[Node, UUID] = {}
    for sheet in sheets:
        objective_id = sheet.objective.facts.objective_id
        holders[Node(type="objective", id=objective_id)] = objective_id
        for part in sheet.key_results:
            holders[Node(type="key_result", id=part.facts.key_result_id)] = objective_id
    return {child: holders[node] for child, node in parents.items() if node in holders}


def _starts(sheets: Sequence[ObjectiveSheet], above: Mapping[UUID, UUID]) -> set[UUID]:
    """Those with a tree of their own, though they contribute to something."""
    depths: dict[UUID, int] = {}
    starts: set[UUID] = set()
    for sheet in sheets:
        way: dict[UUID, None] = {}
        here: UUID | None = sheet.objective.facts.objective_id
        while here is not None and here not in depths and here not in way:
            way[here] = None
            here = above.get(here)
        if here is not None and here in way:
            starts.add(here)  # a key result that was moved closed a loop: it is opened here
            depths[here] = 1
        depth = 0 if here is None else depths[here]
        for objective_id in reversed(way):
            if objective_id in depths:
                depth = depths[objective_id]
                continue
            depth += 1
            if objective_id not in above or depth > DEEPEST:
                starts.add(objective_id)
                depth = 1
            depths[objective_id] = depth
    return starts


def _branch(
    sheet: ObjectiveSheet, below: Mapping[Node, Sequence[ObjectiveSheet]], parent: Node | None
) -> Branch:
    objective_id = sheet.objective.facts.objective_id
    objectives = _under(Node(type="objective", id=objective_id), below)
    parts = tuple(
        KeyResultBranch(part, _under(Node(type="key_result", id=part.facts.key_result_id), below))
        for part in sheet.key_results
    )
    children = [*objectives, *(child for part in parts for child in part.objectives)]
    return Branch(
        sheet=sheet,
        parent=parent,
        key_results=parts,
        objectives=objectives,
        objectives_below=len(children) + sum(child.objectives_below for child in children),
        key_results_below=len(parts) + sum(child.key_results_below for child in children),
    )


def _under(node: Node, below: Mapping[Node, Sequence[ObjectiveSheet]]) -> tuple[Branch, ...]:
    return tuple(_branch(sheet, below, parent=None) for sheet in below.get(node, ()))
