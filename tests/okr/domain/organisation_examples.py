"""A company with two departments and somebody in one of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from helmlog_events.contracts.okr import (
    OrganisationUnitAdded,
    OrganisationUnitClosed,
    OrganisationUnitMoved,
    PersonJoined,
)
from helmlog_events.testing.decider import DeciderTest
from okr_service.domain.organisation import commands
from okr_service.domain.organisation.decide import decide
from okr_service.domain.organisation.state import Organisation, evolve, initial_state
from okr_service.domain.told import Told

from tests.okr.domain.examples import START

spec = DeciderTest(decide, evolve, initial_state())


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def on(number: int, event) -> Told:
    return Told(event, day(number), "user-1")


def unit(slug: str, parent: str | None = None, kind: str = "department", name: str | None = None):
    return OrganisationUnitAdded(unit=slug, name=name or slug, kind=kind, parent=parent)


def moved(slug: str, parent: str | None):
    return OrganisationUnitMoved(unit=slug, parent=parent)


def joined(slug: str, place: str):
    return PersonJoined(person=slug, name=slug, unit=place)


company = on(0, unit("acme", kind="company"))
sales = on(0, unit("sales", "acme"))
marketing = on(0, unit("marketing", "acme"))
closed = OrganisationUnitClosed(unit="sales", reason="merged")
ann = on(0, joined("ann", "sales"))
add = commands.AddUnit("sales", "sales", "department", "acme", day(1))
close = commands.CloseUnit("sales", "merged", day(5))


def organisation_of(*told: Told) -> Organisation:
    state = initial_state()
    for one in told:
        state = evolve(state, one)
    return state
