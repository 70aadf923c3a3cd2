from __future__ import annotations

from typing import assert_never

from okr_service.domain.changes import require_within_calendar
from okr_service.domain.organisation.commands import (
    AddUnit,
    CloseUnit,
    JoinPerson,
    LeavePerson,
    MovePerson,
    MoveUnit,
    OrganisationCommand,
    RenamePerson,
    RenameUnit,
)
from okr_service.domain.organisation.events import OrganisationEvent
from okr_service.domain.organisation.people import (
    join_person,
    leave_person,
    move_person,
    rename_person,
)
from okr_service.domain.organisation.state import Organisation
from okr_service.domain.organisation.units import add_unit, close_unit, move_unit, rename_unit


def decide(command: OrganisationCommand, state: Organisation) -> list[OrganisationEvent]:
    """What comes of it, true from `command.since` on.

    Raises `ChangeOutsideCalendar` and the refusals of `okr_service.domain.organisation.refusals`.
    """
    require_within_calendar(command.since)
    match command:
        case AddUnit():
            return [add_unit(command, state)]
        case RenameUnit():
            return [*rename_unit(command, state)]
        case MoveUnit():
            return [*move_unit(command, state)]
        case CloseUnit():
            return [*close_unit(command, state)]
        case JoinPerson():
            return [join_person(command, state)]
        case RenamePerson():
            return [*rename_person(command, state)]
        case MovePerson():
            return [*move_person(command, state)]
        case LeavePerson():
            return [*leave_person(command, state)]
        case _ as unreachable:
            assert_never(unreachable)
