"""A KPI as lists have it: folded from its row, now or as of a moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

import orjson
from helmlog_events.contracts import REGISTRY

from kpi_service.domain.kpi.as_of import DatedEvent, fold_as_of
from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.kpi.state import KPI
from kpi_service.readmodel.moments import Measurement, Moment


class NamedKPI(NamedTuple):
    id: UUID
    slug: str
    name: str


class ListedKPI(NamedTuple):
    kpi: KPI
    version: int
    measurement: Measurement
    parent: NamedKPI | None


class FoldedKPI(NamedTuple):
    kpi: KPI
    version: int


def fold_row(row: Any, moment: Moment) -> FoldedKPI | None:
    """None if it was not defined yet by what was known."""
    kpi = fold_as_of(_events(row.events), moment.valid_at, moment.up_to_seq)
    if not isinstance(kpi, KPI):
        return None
    if moment.up_to_seq is None:
        return FoldedKPI(kpi, row.version)
    return FoldedKPI(kpi, sum(seq <= moment.up_to_seq for *_, seq in row.events))


def named(kpi: KPI) -> NamedKPI:
    return NamedKPI(kpi.definition.kpi_id, kpi.definition.slug, kpi.definition.name)


def _events(kept: list[list[Any]]) -> Iterator[DatedEvent]:
    for name, version, data, occurred_at, seq in kept:
        event = cast("KPIEvent", REGISTRY.read(name, version, orjson.dumps(data)))
        yield DatedEvent(event, datetime.fromisoformat(occurred_at), seq)
