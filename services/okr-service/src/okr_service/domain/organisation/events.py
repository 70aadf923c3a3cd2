from __future__ import annotations

from helmlog_events.contracts.okr import (
    OrganisationUnitAdded,
    OrganisationUnitClosed,
    OrganisationUnitMoved,
    OrganisationUnitRenamed,
    PersonJoined,
    PersonLeft,
    PersonMoved,
    PersonRenamed,
)

UnitEvent = (
    OrganisationUnitAdded | OrganisationUnitRenamed | OrganisationUnitMoved | OrganisationUnitClosed
)
PersonEvent = PersonJoined | PersonRenamed | PersonMoved | PersonLeft
OrganisationEvent = UnitEvent | PersonEvent
