"""Units and people, each with all that was ever said of it and since when it holds.

What is recorded later of another moment leaves the rest as it was, so that a history may be told in
any order; of one moment, what was recorded last holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never, cast

from helmlog_events.contracts.okr import (
    OrganisationUnitAdded,
    OrganisationUnitClosed,
    OrganisationUnitMoved,
    OrganisationUnitRenamed,
    PersonJoined,
    PersonLeft,
    PersonMoved,
    PersonRenamed,
    UnitKind,
)

from okr_service.domain.organisation.events import OrganisationEvent, PersonEvent, UnitEvent
from okr_service.domain.timeline import FOR_EVER, Timeline
from okr_service.domain.told import Told

ROOT = ""
"""The parent of what is part of nothing; no slug is empty."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Open from `added_at` until `closed_at`."""

    slug: str
    kind: UnitKind
    added_at: datetime
    names: Timeline[str]
    parents: Timeline[str]
    closed_at: datetime = FOR_EVER
    closed_because: str | None = None

    def is_open(self, moment: datetime) -> bool:
        return self.added_at <= moment < self.closed_at

    def parent_at(self, moment: datetime) -> str | None:
        return self.parents.at(moment) or None

    def spans_from(self, moment: datetime) -> Iterator[tuple[datetime, datetime, str]]:
        """From when to when it is part of which unit, while it is open."""
        start = max(moment, self.added_at)
        return (span for span in self.parents.spans(start, self.closed_at) if span[2] != ROOT)


@dataclass(frozen=True, slots=True)
class Person:
    """In the place told last, while present: to come back is to join again."""

    slug: str
    names: Timeline[str] = field(default_factory=Timeline)
    presence: Timeline[bool] = field(default_factory=Timeline)
    places: Timeline[str] = field(default_factory=Timeline)

    def unit_at(self, moment: datetime) -> str | None:
        return self.places.at(moment) if self.presence.at(moment) else None

    def spans_from(self, moment: datetime) -> Iterator[tuple[datetime, datetime, str]]:
        """From when to when the person works in which unit."""
        for start, end, present in self.presence.spans(moment, FOR_EVER):
            if present:
                yield from self.places.spans(start, end)


@dataclass(frozen=True, slots=True)
class Organisation:
    units: Mapping[str, Unit] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)

    def name_at(self, slug: str | None, moment: datetime) -> str | None:
        """What the unit or person was called; none for who or what was not there by then."""
        known = self.units.get(slug or ROOT) or self.people.get(slug or ROOT)
        return None if known is None else known.names.at(moment)

    def unit_of(self, slug: str | None, moment: datetime) -> str | None:
        """The unit a person works in; a unit is its own. None for what is not there."""
        unit = self.units.get(slug or ROOT)
        if unit is not None:
            return unit.slug if unit.is_open(moment) else None
        person = self.people.get(slug or ROOT)
        return None if person is None else person.unit_at(moment)

    def line_of(self, unit: str, moment: datetime) -> Iterator[str]:
        """The unit, the one it is part of, and so on to the top."""
        above: str | None = unit
        while above is not None and above in self.units:
            yield above
            above = self.units[above].parent_at(moment)

    def belongs(self, slug: str | None, unit: str, moment: datetime) -> bool:
        """Whether a unit or a person is in `unit` or anywhere below it."""
        own = self.unit_of(slug, moment)
        return own is not None and unit in self.line_of(own, moment)

    def top_of(self, slug: str | None, moment: datetime) -> str | None:
        """The root of the tree that a unit or a person is in."""
        own = self.unit_of(slug, moment)
        return None if own is None else [*self.line_of(own, moment)][-1]


NOBODY = Organisation()
"""Nothing is known of who works where."""


def initial_state() -> Organisation:
    return NOBODY


def evolve(state: Organisation, told: Told) -> Organisation:
    event = cast("OrganisationEvent", told.event)
    since = told.occurred_at
    match event:
        case OrganisationUnitAdded():
            unit = _added(event, since)
            return replace(state, units={**state.units, unit.slug: unit})
        case OrganisationUnitRenamed() | OrganisationUnitMoved() | OrganisationUnitClosed():
            unit = _changed(state.units[event.unit], event, since)
            return replace(state, units={**state.units, unit.slug: unit})
        case PersonJoined() | PersonRenamed() | PersonMoved() | PersonLeft():
            known = state.people.get(event.person) or Person(event.person)
            person = _told_of(known, event, since)
            return replace(state, people={**state.people, person.slug: person})
        case _ as unreachable:
            assert_never(unreachable)


def _added(event: OrganisationUnitAdded, since: datetime) -> Unit:
    return Unit(
        slug=event.unit,
        kind=event.kind,
        added_at=since,
        names=Timeline((since,), (event.name,)),
        parents=Timeline((since,), (event.parent or ROOT,)),
    )


def _changed(unit: Unit, event: UnitEvent, since: datetime) -> Unit:
    match event:
        case OrganisationUnitRenamed():
            return replace(unit, names=unit.names.with_told(since, event.name))
        case OrganisationUnitMoved():
            return replace(unit, parents=unit.parents.with_told(since, event.parent or ROOT))
        case OrganisationUnitClosed():
            if since >= unit.closed_at:
                return unit
            return replace(unit, closed_at=since, closed_because=event.reason)
        case OrganisationUnitAdded():
            raise TypeError("a unit is added once")
        case _ as unreachable:
            assert_never(unreachable)


def _told_of(person: Person, event: PersonEvent, since: datetime) -> Person:
    match event:
        case PersonJoined():
            return replace(
                person,
                names=person.names.with_told(since, event.name),
                presence=person.presence.with_told(since, True),
                places=person.places.with_told(since, event.unit),
            )
        case PersonRenamed():
            return replace(person, names=person.names.with_told(since, event.name))
        case PersonMoved():
            return replace(person, places=person.places.with_told(since, event.unit))
        case PersonLeft():
            return replace(person, presence=person.presence.with_told(since, False))
        case _ as unreachable:
            assert_never(unreachable)
