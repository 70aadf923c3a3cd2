"""Which node a natural key stands for: what the imports of a cycle have told so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import orjson
from helmlog_events.contracts.nodes import Node
from helmlog_events.contracts.okr import ImportCounts, ImportedRow, RowsImported

from okr_service.domain.aggregates import Aggregate

_KEYS_IN_AN_EVENT: Final = 256 * 1024
_AROUND_A_KEY: Final = 100
"""Bytes that the node and the JSON around them take, and somewhat more."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """`nodes` by key, in the order of the files they came in."""

    nodes: Mapping[str, Node] = field(default_factory=dict)

    def keys_by_node(self) -> dict[UUID, str]:
        return {node.id: key for key, node in self.nodes.items()}


def initial_state() -> Ledger:
    return Ledger()


def evolve(ledger: Ledger, event: RowsImported) -> Ledger:
    return Ledger({**ledger.nodes, **{row.key: row.node for row in event.keys}})


IMPORTS: Final = Aggregate("import", initial_state(), evolve)
"""One stream a cycle, named by the cycle's id: so two imports at once cannot both be first."""


@dataclass(frozen=True, slots=True)
class ImportDone:
    """What is kept of an import besides the things it made."""

    import_id: UUID
    cycle_id: UUID
    reopened: bool
    digest: str
    rows: int
    rejected: int
    created: ImportCounts
    updated: ImportCounts
    keys: Sequence[ImportedRow]


def recorded(done: ImportDone) -> list[RowsImported]:
    """One event; where there are more new keys than one may hold, more that bring the others."""
    first, *others = _parcels(done.keys)
    return [
        RowsImported(
            cycle_id=done.cycle_id,
            after_reopening=done.reopened,
            import_id=done.import_id,
            digest=done.digest,
            rows=done.rows,
            rejected=done.rejected,
            created=done.created,
            updated=done.updated,
            keys=first,
        ),
        *(
            RowsImported(
                cycle_id=done.cycle_id,
                after_reopening=done.reopened,
                import_id=done.import_id,
                digest=done.digest,
                rows=0,
                rejected=0,
                created=ImportCounts(),
                updated=ImportCounts(),
                keys=keys,
            )
            for keys in others
        ),
    ]


def _parcels(keys: Iterable[ImportedRow]) -> list[tuple[ImportedRow, ...]]:
    parcels: list[list[ImportedRow]] = [[]]
    size = 0
    for row in keys:
        size += len(orjson.dumps(row.key)) + _AROUND_A_KEY
        if size > _KEYS_IN_AN_EVENT:
            parcels.append([])
            size = len(orjson.dumps(row.key)) + _AROUND_A_KEY
        parcels[-1].append(row)
    return [tuple(parcel) for parcel in parcels]
