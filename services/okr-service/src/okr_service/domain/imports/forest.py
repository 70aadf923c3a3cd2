"""The rows as trees: who hangs on whom, parents first, whatever their order in the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from helmlog_events.tables.reading import Rejected

from okr_service.domain.imports.cells import shown
from okr_service.domain.imports.rows import KeyResultRow, NodeKind, Row, kind_of

_MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Forest:
    """`rows` stand parents first, and otherwise as in the file."""

    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...]


def grow(
    rows: Sequence[Row], *, known: Mapping[str, NodeKind], spoilt: Mapping[str, int]
) -> Forest:
    """`known` are the nodes that stand already, by key; `spoilt` the keys of rows that were refused
    before, with their rows: what hangs on one of them alone is refused with it.
    """
    by_key: dict[str, Row] = {}
    twice: list[Rejected] = []
    for row in rows:
        first = by_key.setdefault(row.key, row)
        if first is not row:
            twice.append(Rejected(row.row, f"row {first.row} has this id already", "id"))
    planting = _Planting(by_key, known, spoilt)
    for row in by_key.values():
        planting.place(row)
    refused = sorted((*twice, *planting.refused.values()), key=lambda one: one.row)
    return Forest(tuple(planting.placed.values()), tuple(refused))


class _Planting:
    def __init__(
        self, by_key: Mapping[str, Row], known: Mapping[str, NodeKind], spoilt: Mapping[str, int]
    ) -> None:
        self._by_key = by_key
        self._known = known
        self._spoilt = spoilt
        self.placed: dict[str, Row] = {}
        self.refused: dict[str, Rejected] = {}

    def place(self, row: Row) -> None:
        """Places or refuses the row, after all above it."""
        path = self._path(row)
        for one in reversed(path):
            if one.key in self.refused:
                continue
            reason = self._reason_against(one)
            if reason is None:
                self.placed[one.key] = one
            else:
                self.refused[one.key] = Rejected(one.row, reason, "parent_id")

    def _path(self, row: Row) -> list[Row]:
        """From the row up to the first that is settled; refuses a circle, if there is one."""
        path: list[Row] = []
        places: dict[str, int] = {}
        above: Row | None = row
        while above is not None and not self._settled(above.key):
            if above.key in places:
                self._refuse_circle(path[places[above.key] :])
                break
            places[above.key] = len(path)
            path.append(above)
            above = None if above.parent is None else self._by_key.get(above.parent)
        return path

    def _settled(self, key: str) -> bool:
        return key in self.placed or key in self.refused

    def _refuse_circle(self, circle: Sequence[Row]) -> None:
        numbers = sorted(row.row for row in circle)
        named = ", ".join(map(str, numbers[:_MOST_SHOWN]))
        more = f" and {len(numbers) - _MOST_SHOWN} more" if len(numbers) > _MOST_SHOWN else ""
        for row in circle:
            self.refused[row.key] = Rejected(
                row.row, f"the parents run in a circle: rows {named}{more}", "parent_id"
            )

    def _reason_against(self, row: Row) -> str | None:
        if row.parent is None:
            if isinstance(row, KeyResultRow) and row.key not in self._known:
                return "a key result belongs to an objective, and no parent is named"
            return None
        kind = self._kind_of(row.parent)
        if kind is None:
            return self._why_missing(row.parent)
        if isinstance(row, KeyResultRow) and kind == "key_result":
            return "a key result belongs to an objective, and its parent is a key result"
        return None

    def _kind_of(self, key: str) -> NodeKind | None:
        if key in self.placed:
            return kind_of(self.placed[key])
        return None if key in self.refused else self._known.get(key)

    def _why_missing(self, parent: str) -> str:
        refused = self.refused.get(parent)
        row = self._spoilt.get(parent) if refused is None else refused.row
        if row is not None:
            return f"its parent, row {row}, is refused"
        return f"there is no row with the id {shown(parent)}"
