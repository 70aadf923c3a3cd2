from __future__ import annotations

from collections.abc import Iterator

from helmlog_events.contracts.okr import PersonJoined, PersonLeft, PersonMoved, PersonRenamed

from okr_service.domain.organisation.commands import (
    JoinPerson,
    LeavePerson,
    MovePerson,
    PersonCommand,
    RenamePerson,
)
from okr_service.domain.organisation.events import PersonEvent
from okr_service.domain.organisation.places import require_open
from okr_service.domain.organisation.refusals import PersonNotThere, SlugTaken, UnknownPerson
from okr_service.domain.organisation.state import Organisation, Person, evolve
from okr_service.domain.told import Told


def join_person(command: JoinPerson, organisation: Organisation) -> PersonJoined:
    """For the first time, or again after having left."""
    known = organisation.people.get(command.person)
    if command.person in organisation.units or (known and known.presence.at(command.since)):
        raise SlugTaken(command.person)
    event = PersonJoined(person=command.person, name=command.name, unit=command.unit)
    _require_places(command, event, organisation)
    return event


def rename_person(command: RenamePerson, organisation: Organisation) -> Iterator[PersonRenamed]:
    person = _known_person(command, organisation)
    name = person.names.at(command.since)
    if name is None:
        raise PersonNotThere(person.slug, command.since)
    if name != command.name:
        yield PersonRenamed(person=person.slug, name=command.name)


def move_person(command: MovePerson, organisation: Organisation) -> Iterator[PersonMoved]:
    person = _known_person(command, organisation)
    unit = person.unit_at(command.since)
    if unit is None:
        raise PersonNotThere(person.slug, command.since)
    if unit != command.unit:
        event = PersonMoved(person=person.slug, unit=command.unit)
        _require_places(command, event, organisation)
        yield event


def leave_person(command: LeavePerson, organisation: Organisation) -> Iterator[PersonLeft]:
    """Moves that were planned after it come to nothing, until the person joins again."""
    person = _known_person(command, organisation)
    presence = person.presence.at(command.since)
    if presence is None:
        raise PersonNotThere(person.slug, command.since)
    if presence:
        yield PersonLeft(person=person.slug)


def _require_places(
    command: JoinPerson | MovePerson, event: PersonEvent, organisation: Organisation
) -> None:
    """Wherever the person is from then on, the unit is open all the time."""
    require_open(organisation, command.unit, command.since, command.since, "unit")
    after = evolve(organisation, Told(event, command.since, actor=""))
    for start, end, unit in after.people[command.person].spans_from(command.since):
        require_open(organisation, unit, start, end, "unit")


def _known_person(command: PersonCommand, organisation: Organisation) -> Person:
    person = organisation.people.get(command.person)
    if person is None:
        raise UnknownPerson(command.person)
    return person
