"""From rows to the events that make what stands say what the rows say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from helmlog_events.contracts.okr import ImportCounts, ImportedRow
from helmlog_events.tables.reading import Rejected, Table

from okr_service.domain.cycle.guards import require_open
from okr_service.domain.imports.cells import CellRefused
from okr_service.domain.imports.forest import grow
from okr_service.domain.imports.key_result_rows import plan_key_result
from okr_service.domain.imports.objective_rows import plan_objective
from okr_service.domain.imports.report import Change, Note, Tally
from okr_service.domain.imports.rows import ObjectiveRow, Row, kind_of, notes_on_cells, read_row
from okr_service.domain.imports.standing import Draft, Place, new_place
from okr_service.domain.imports.work import Work
from okr_service.domain.objective.state import Objective
from okr_service.domain.refusals import Refusal

Progress = Callable[[str, int], None]
"""Told of a phase and the rows done in it."""

_TOLD_EVERY = 500


@dataclass(frozen=True, slots=True)
class Known:
    """What stands already: nodes by key, and the objectives that key results belong to, by id."""

    by_key: Mapping[str, Place] = field(default_factory=dict)
    by_id: Mapping[UUID, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """`places` are those with something planned, parents first; `rests_on` those without.

    `keys` are new, in the order of the file.
    """

    places: Sequence[Place]
    rests_on: Sequence[Place]
    keys: Sequence[ImportedRow]
    rows: int
    created: ImportCounts
    updated: ImportCounts
    unchanged: ImportCounts
    rejected: Sequence[Rejected]
    notes: Sequence[Note]

    def without_effect(self) -> Plan:
        """The same findings, with nothing done about them."""
        none = ImportCounts()
        return replace(
            self, places=(), rests_on=(), keys=(), created=none, updated=none, unchanged=none
        )

    def noting(self, note: Note) -> Plan:
        return replace(self, notes=(note, *self.notes))


def plan_import(
    table: Table,
    known: Known,
    work: Work,
    new_ids: Callable[[int], Sequence[UUID]],
    progress: Progress = lambda _phase, _done: None,
) -> Plan:
    """Every row is planned, or rejected with its reason. Raises `CycleIsClosed`.

    `new_ids` makes so many ids, in order: what was above in the file is above on a board.
    """
    require_open(work.cycle)
    rows, spoilt, rejected, notes = _read(table)
    progress("reading", len(rows))
    kinds = {key: place.node.type for key, place in known.by_key.items()}
    forest = grow(rows, known=kinds, spoilt=spoilt)
    planning = _Planning(known, work)
    planning.number([row for row in rows if row.key not in known.by_key], new_ids)
    for done, row in enumerate(forest.rows, start=1):
        planning.plan(row)
        if done % _TOLD_EVERY == 0:
            progress("planning", done)
    progress("planning", len(forest.rows))
    return planning.finished(table, [*rejected, *forest.rejected], notes)


def _read(table: Table) -> tuple[list[Row], dict[str, int], list[Rejected], list[Note]]:
    rows: list[Row] = []
    spoilt: dict[str, int] = {}
    rejected = [*table.rejected]
    notes = [
        Note("column-ignored", f"the heading {heading} means nothing here")
        for heading in table.header.ignored
    ]
    for record in table.records:
        row = read_row(record)
        if isinstance(row, Rejected):
            rejected.append(row)
            spoilt.setdefault(record.cells.get("id", ""), record.row)
        else:
            rows.append(row)
            notes += notes_on_cells(record, row)
    return rows, spoilt, rejected, notes


class _Planning:
    def __init__(self, known: Known, work: Work) -> None:
        self._known = known
        self._work = work
        self._places: dict[str, Place] = dict(known.by_key)
        self._objectives: dict[UUID, Place] = dict(known.by_id)
        self._ids: dict[str, UUID] = {}
        self._refused: dict[str, Rejected] = {}
        self._changed: dict[UUID, Place] = {}
        self._rested: dict[UUID, Place] = {}
        self._new: list[tuple[int, ImportedRow]] = []
        self._notes: list[Note] = []
        self._tallies: dict[Change, Tally] = {
            "created": Tally(),
            "updated": Tally(),
            "unchanged": Tally(),
        }

    def number(self, rows: Sequence[Row], new_ids: Callable[[int], Sequence[UUID]]) -> None:
        in_order = sorted(rows, key=lambda row: row.row)
        self._ids = dict(zip((row.key for row in in_order), new_ids(len(in_order)), strict=True))

    def plan(self, row: Row) -> None:
        if row.parent in self._refused:
            above = self._refused[row.parent].row
            self._refuse(row, f"its parent, row {above}, is refused", "parent_id")
            return
        try:
            place = self._place(row)
            draft = self._draft(row, place)
        except CellRefused as refused:
            self._refuse(row, refused.reason, refused.column)
        except Refusal as refused:
            self._refuse(row, refused, getattr(refused, "field", None))
        else:
            self._take_over(row, place, draft)

    def finished(self, table: Table, rejected: Sequence[Rejected], notes: Sequence[Note]) -> Plan:
        found = sorted((*rejected, *self._refused.values()), key=lambda one: one.row)
        said = sorted((*notes, *self._notes), key=lambda note: note.row or 0)
        rests_on = [place for key, place in self._rested.items() if key not in self._changed]
        return Plan(
            places=[*self._changed.values()],
            rests_on=[place for place in rests_on if not place.is_new],
            keys=[row for _, row in sorted(self._new, key=lambda one: one[0])],
            rows=table.rows,
            created=self._tallies["created"].counts,
            updated=self._tallies["updated"].counts,
            unchanged=self._tallies["unchanged"].counts,
            rejected=found,
            notes=said,
        )

    def _place(self, row: Row) -> Place:
        place = self._places.get(row.key)
        if place is None:
            return new_place(kind_of(row), self._ids[row.key])
        if place.node.type != kind_of(row):
            raise CellRefused("kind", f"it stands as {place.node.type}, which cannot change")
        return place

    def _draft(self, row: Row, place: Place) -> Draft:
        parent = None if row.parent is None else self._places[row.parent]
        if isinstance(row, ObjectiveRow):
            return plan_objective(row, place, parent, self._above(parent), self._work)
        if parent is None:
            parent = self._objectives[Draft().key_result(place).facts.objective_id]
        return plan_key_result(row, place, parent, self._work)

    def _above(self, parent: Place | None) -> Objective | None:
        """The objective that the parent is, or that it is a key result of."""
        if parent is None:
            return None
        if parent.node.type == "objective":
            return Draft().objective(parent)
        objective_id = Draft().key_result(parent).facts.objective_id
        return Draft().objective(self._objectives[objective_id])

    def _take_over(self, row: Row, place: Place, draft: Draft) -> None:
        known = row.key in self._places
        for changed in draft.take_over():
            self._changed.setdefault(changed.node.id, changed)
        for rested in draft.rests_on:
            self._rested.setdefault(rested.node.id, rested)
        for change, what in draft.counted:
            self._tallies[change].add(what)
        self._notes += draft.notes
        self._places[row.key] = place
        if place.node.type == "objective":
            self._objectives[place.node.id] = place
        if not known:
            self._new.append((row.row, ImportedRow(key=row.key, node=place.node)))

    def _refuse(self, row: Row, reason: str | Refusal, column: str | None) -> None:
        self._refused[row.key] = Rejected(row.row, reason, column)
