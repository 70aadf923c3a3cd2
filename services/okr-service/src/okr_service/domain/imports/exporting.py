"""A cycle as a file: the rows that an import of it would take."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from okr_service.domain.imports.columns import ALL, DEFAULT
from okr_service.domain.imports.ledger import Ledger
from okr_service.domain.imports.showing import key_result_cells, objective_cells
from okr_service.domain.sheet import KeyResultSheet, ObjectiveSheet

Cells = Mapping[str, str]


def export_rows(
    sheets: Sequence[ObjectiveSheet], ledger: Ledger, *, all_columns: bool
) -> list[Cells]:
    """What came in by imports in the order it came in; then what was made by hand, each objective
    followed by its key results. What no import has named goes by its own id.
    """
    keys = ledger.keys_by_node()
    rows: dict[UUID, Cells] = {}
    for sheet in sheets:
        rows[sheet.objective.facts.objective_id] = _objective(sheet, keys)
        for part in sheet.key_results:
            rows[part.facts.key_result_id] = _key_result(part, keys)
    columns = ALL if all_columns else DEFAULT
    imported = [node.id for node in ledger.nodes.values() if node.id in rows]
    order = [*imported, *(node_id for node_id in rows if node_id not in keys)]
    return [{name: rows[node_id].get(name, "") for name in columns} for node_id in order]


def as_csv(rows: Iterable[Cells], *, all_columns: bool) -> str:
    """RFC 4180 but for its line ends, which are plain."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ALL if all_columns else DEFAULT, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _objective(sheet: ObjectiveSheet, keys: Mapping[UUID, str]) -> Cells:
    facts = sheet.objective.facts
    parent = facts.contributes_to
    return {
        "id": _key(facts.objective_id, keys),
        "parent_id": "" if parent is None else _key(parent.id, keys),
        **objective_cells(facts),
    }


def _key_result(sheet: KeyResultSheet, keys: Mapping[UUID, str]) -> Cells:
    facts = sheet.facts
    return {
        "id": _key(facts.key_result_id, keys),
        "parent_id": _key(facts.objective_id, keys),
        **key_result_cells(facts, sheet.current, sheet.remark, sheet.grade),
    }


def _key(node_id: UUID, keys: Mapping[UUID, str]) -> str:
    return keys.get(node_id, str(node_id))
