"""Who works where, and what for. One stream a tenant each: `organisation-all`, `strategy-all`.

Changes hold from the envelope's `occurred_at` on, which may lie in the past.
"""

from __future__ import annotations

from typing import Literal

from helmlog_events.contracts.event import Event, Part, event

UnitKind = Literal["company", "department", "team"]


@event("OrganisationUnitAdded")
class OrganisationUnitAdded(Event):
    """`unit` is a slug, which stays when the name changes; `parent` the unit it is part of."""

    unit: str
    name: str
    kind: UnitKind
    parent: str | None = None


@event("OrganisationUnitRenamed")
class OrganisationUnitRenamed(Event):
    unit: str
    name: str


@event("OrganisationUnitMoved")
class OrganisationUnitMoved(Event):
    unit: str
    parent: str | None


@event("OrganisationUnitClosed")
class OrganisationUnitClosed(Event):
    unit: str
    reason: str


@event("PersonJoined")
class PersonJoined(Event):
    """`person` is a slug, which stays when the name changes; `unit` where the person works."""

    person: str
    name: str
    unit: str


@event("PersonRenamed")
class PersonRenamed(Event):
    person: str
    name: str


@event("PersonMoved")
class PersonMoved(Event):
    person: str
    unit: str


@event("PersonLeft")
class PersonLeft(Event):
    person: str


class Value(Part):
    """What the organisation holds to; objectives serve it as `value/<slug>`."""

    slug: str
    name: str
    description: str = ""


class Pillar(Part):
    """A line of the strategy; objectives serve it as `pillar/<slug>`."""

    slug: str
    name: str
    description: str = ""


@event("StrategyStated")
class StrategyStated(Event):
    """The whole of it, as it holds from then on; objectives serve the mission as `mission`."""

    mission: str
    values: tuple[Value, ...] = ()
    pillars: tuple[Pillar, ...] = ()
    reason: str
