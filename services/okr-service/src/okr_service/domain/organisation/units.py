from __future__ import annotations

from collections.abc import Iterator

from helmlog_events.contracts.okr import (
    OrganisationUnitAdded,
    OrganisationUnitClosed,
    OrganisationUnitMoved,
    OrganisationUnitRenamed,
)

from okr_service.domain.organisation.commands import (
    AddUnit,
    CloseUnit,
    MoveUnit,
    RenameUnit,
    UnitCommand,
)
from okr_service.domain.organisation.places import require_no_loop, require_open, require_order
from okr_service.domain.organisation.refusals import (
    SlugTaken,
    UnitHasParts,
    UnitHasPeople,
    UnitNotThere,
    UnknownUnit,
)
from okr_service.domain.organisation.state import Organisation, Unit
from okr_service.domain.timeline import FOR_EVER


def add_unit(command: AddUnit, organisation: Organisation) -> OrganisationUnitAdded:
    """A slug is given once, so that it means the same unit in every year."""
    if command.unit in organisation.units or command.unit in organisation.people:
        raise SlugTaken(command.unit)
    if command.parent is not None:
        parent = require_open(organisation, command.parent, command.since, FOR_EVER, "parent")
        require_order(command.kind, parent)
    return OrganisationUnitAdded(
        unit=command.unit, name=command.name, kind=command.kind, parent=command.parent
    )


def rename_unit(
    command: RenameUnit, organisation: Organisation
) -> Iterator[OrganisationUnitRenamed]:
    unit = _open_unit(command, organisation)
    if unit.names.at(command.since) != command.name:
        yield OrganisationUnitRenamed(unit=unit.slug, name=command.name)


def move_unit(command: MoveUnit, organisation: Organisation) -> Iterator[OrganisationUnitMoved]:
    """It stays there until the next move that is already known."""
    unit = _open_unit(command, organisation)
    if unit.parent_at(command.since) == command.parent:
        return
    if command.parent is not None:
        end = min(unit.parents.next_after(command.since), unit.closed_at)
        parent = require_open(organisation, command.parent, command.since, end, "parent")
        require_order(unit.kind, parent)
        require_no_loop(organisation, unit.slug, command.parent, command.since, end)
    yield OrganisationUnitMoved(unit=unit.slug, parent=command.parent)


def close_unit(command: CloseUnit, organisation: Organisation) -> Iterator[OrganisationUnitClosed]:
    """For good. A closing that is planned may be brought forward."""
    unit = _known_unit(command, organisation)
    if command.since < unit.added_at:
        raise UnitNotThere(unit.slug, command.since)
    if command.since >= unit.closed_at:
        return
    for other in organisation.units.values():
        if any(place == unit.slug for _, _, place in other.spans_from(command.since)):
            raise UnitHasParts(unit.slug, other.slug)
    for person in organisation.people.values():
        if any(place == unit.slug for _, _, place in person.spans_from(command.since)):
            raise UnitHasPeople(unit.slug, person.slug)
    yield OrganisationUnitClosed(unit=unit.slug, reason=command.reason)


def _known_unit(command: UnitCommand, organisation: Organisation) -> Unit:
    unit = organisation.units.get(command.unit)
    if unit is None:
        raise UnknownUnit(command.unit)
    return unit


def _open_unit(command: UnitCommand, organisation: Organisation) -> Unit:
    unit = _known_unit(command, organisation)
    if not unit.is_open(command.since):
        raise UnitNotThere(unit.slug, command.since)
    return unit
