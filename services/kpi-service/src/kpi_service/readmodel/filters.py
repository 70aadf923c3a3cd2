"""Which KPIs a list is asked for, and in what order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple
from uuid import UUID

from helmlog_events.contracts.kpi import KPILevel, KPIType
from sqlalchemy import ColumnElement, tuple_

from kpi_service.domain.health import Health
from kpi_service.domain.kpi.state import KPI
from kpi_service.readmodel.tables import kpis

Sort = Literal["defined", "-defined", "slug", "-slug", "name", "-name"]


class Place(NamedTuple):
    """Where a KPI stands in a list; ids are in the order of definition."""

    key: str
    kpi_id: UUID


@dataclass(frozen=True, slots=True)
class KPIFilter:
    """None asks for nothing; `text` for words that stand in the slug or the name."""

    slug: str | None = None
    type: KPIType | None = None
    level: KPILevel | None = None
    owner: str | None = None
    org_unit: str | None = None
    key: bool | None = None
    parent_id: UUID | None = None
    roots: bool | None = None
    template: str | None = None
    derived: bool | None = None
    retired: bool | None = None
    text: str = ""
    health: Health | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What of it the current rows can be asked; `describes` and `health` say the rest."""
        for name in _ASKED:
            if (wanted := getattr(self, name)) is not None:
                yield kpis.c[name] == wanted
        if self.derived is not None:
            yield kpis.c.derived == self.derived
        if self.roots is not None:
            yield kpis.c.parent_id.is_(None) if self.roots else kpis.c.parent_id.is_not(None)
        for word in self.words:
            slug = kpis.c.slug.contains(word, autoescape=True)
            yield slug | kpis.c.folded_name.contains(word, autoescape=True)

    def describes(self, kpi: KPI, moment: datetime) -> bool:
        definition = kpi.definition
        return (
            all(getattr(self, name) in (None, getattr(definition, name)) for name in _ASKED)
            and self.derived in (None, kpi.is_derived)
            and self.roots in (None, definition.parent_id is None)
            and self.retired in (None, not kpi.is_measured_at(moment))
            and all(
                word in definition.slug or word in definition.name.casefold() for word in self.words
            )
        )

    @property
    def words(self) -> list[str]:
        return self.text.casefold().split()


_ASKED: Final = (
    "slug",
    "type",
    "level",
    "owner",
    "org_unit",
    "key",
    "parent_id",
    "template",
)


def is_descending(sort: Sort) -> bool:
    return sort.startswith("-")


def place_of(kpi: KPI, sort: Sort) -> Place:
    definition = kpi.definition
    match sort.removeprefix("-"):
        case "slug":
            return Place(definition.slug, definition.kpi_id)
        case "name":
            return Place(definition.name.casefold(), definition.kpi_id)
        case _:
            return Place("", definition.kpi_id)


def ordered(sort: Sort) -> list[ColumnElement[object]]:
    columns = _columns(sort)
    return [one.desc() for one in columns] if is_descending(sort) else columns


def after(sort: Sort, place: Place) -> ColumnElement[bool]:
    columns = _columns(sort)
    here = tuple_(*columns)
    last = (place.kpi_id,) if len(columns) == 1 else tuple(place)
    return here < last if is_descending(sort) else here > last


def _columns(sort: Sort) -> list[ColumnElement[object]]:
    match sort.removeprefix("-"):
        case "slug":
            return [kpis.c.slug, kpis.c.kpi_id]
        case "name":
            return [kpis.c.folded_name, kpis.c.kpi_id]
        case _:
            return [kpis.c.kpi_id]
