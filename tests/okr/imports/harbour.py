"""A cycle that files are imported into, one after the other, with no database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from helmlog_events.contracts.okr import ImportedRow
from helmlog_events.ids import new_id
from helmlog_events.tables.reading import Table, read_csv
from okr_service.domain.board import sheet_of
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.imports.columns import COLUMNS
from okr_service.domain.imports.exporting import as_csv, export_rows
from okr_service.domain.imports.ledger import Ledger
from okr_service.domain.imports.plan import Known, Plan, plan_import
from okr_service.domain.imports.standing import Place
from okr_service.domain.imports.work import Work
from okr_service.domain.sheet import ObjectiveSheet

from tests.okr.domain.examples import START, a_cycle

DAY_80 = START + timedelta(days=80)
IMPORT_ID = UUID(int=9)


class Harbour:
    """`events` and `dates` are what the last import planned, by key."""

    def __init__(self, cycle: Cycle | None = None, now: datetime = DAY_80) -> None:
        self.cycle = a_cycle() if cycle is None else cycle
        self.now = now
        self.known = Known()
        self.keys: list[ImportedRow] = []
        self.events: dict[str, list[Any]] = {}
        self.dates: dict[str, list[datetime]] = {}

    def imports(self, text: str) -> Plan:
        return self.takes(read_csv(text.encode(), COLUMNS, {}))

    def takes(self, table: Table) -> Plan:
        work = Work(self.cycle, self.now, IMPORT_ID, table.header.known, new_id)
        plan = plan_import(table, self.known, work, _ids)
        made = {place.node.id: place for place in plan.places}
        by_key = {**self.known.by_key, **{row.key: made[row.node.id] for row in plan.keys}}
        self.events = {key: [one.event for one in place.planned] for key, place in by_key.items()}
        self.dates = {key: [one.at for one in place.planned] for key, place in by_key.items()}
        for place in by_key.values():
            _commit(place)
        self.keys += plan.keys
        self.known = Known(by_key, {p.node.id: p for p in by_key.values() if _is_objective(p)})
        return plan

    def told(self, key: str, kind: type) -> Any:
        (event,) = [event for event in self.events[key] if isinstance(event, kind)]
        return event

    def exports(self, *, all_columns: bool = False) -> str:
        ledger = Ledger({row.key: row.node for row in self.keys})
        rows = export_rows(self._sheets(), ledger, all_columns=all_columns)
        return as_csv(rows, all_columns=all_columns)

    def _sheets(self) -> Sequence[ObjectiveSheet]:
        places = self.known.by_key.values()
        parts = [sheet_of(p.state, p.version) for p in places if not _is_objective(p)]
        return [
            ObjectiveSheet(
                place.state,
                place.version,
                tuple(part for part in parts if part.facts.objective_id == place.node.id),
            )
            for place in places
            if _is_objective(place)
        ]


def _commit(place: Place) -> None:
    place.version += len(place.planned)
    place.last_at = max([one.at for one in place.planned], default=place.last_at)
    place.planned.clear()


def _is_objective(place: Place) -> bool:
    return place.node.type == "objective"


def _ids(count: int) -> Sequence[UUID]:
    return sorted(new_id() for _ in range(count))
