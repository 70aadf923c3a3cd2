from __future__ import annotations

from uuid import UUID

from helmlog_events.contracts.event import Part, event
from helmlog_events.contracts.nodes import Node
from helmlog_events.contracts.okr.work import CycleWork


class ImportedRow(Part):
    """Which node a row's natural key stands for, from then on."""

    key: str
    node: Node


class ImportCounts(Part):
    objectives: int = 0
    key_results: int = 0
    check_ins: int = 0
    grades: int = 0


@event("RowsImported")
class RowsImported(CycleWork):
    """In the cycle's own stream of imports: what one file did. `digest` is SHA-256 of it, in hex.

    `keys` are those seen for the first time; where they are too many for one event, more events of
    the same import follow, of no rows.
    """

    import_id: UUID
    digest: str
    rows: int
    rejected: int
    created: ImportCounts
    updated: ImportCounts
    keys: tuple[ImportedRow, ...] = ()
