from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from helmlog_events.contracts.okr import (
    OrganisationUnitAdded,
    OrganisationUnitClosed,
    OrganisationUnitMoved,
    OrganisationUnitRenamed,
    UnitKind,
)
from helmlog_events.envelope import RecordedEvent
from helmlog_events.values import Instant
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Name, Reason, Slug
from pydantic import Field

from okr_service.domain.organisation.state import Organisation, Person, Unit
from okr_service.domain.organisation.tree import Branch
from okr_service.domain.timeline import FOR_EVER

SINCE = "Since when it holds: in the past, or planned; now, if left out."


class UnitRequest(RequestModel):
    slug: Slug
    name: Name
    kind: UnitKind
    parent: Slug | None = Field(default=None, description="The unit it is part of; none: a root.")
    effective_from: Instant | None = Field(default=None, description=SINCE)


class UnitChangeRequest(RequestModel):
    name: Name | None = None
    parent: Slug | None = Field(default=None, description="Null, if given, makes it a root.")
    effective_from: Instant | None = Field(default=None, description=SINCE)


class CloseUnitRequest(RequestModel):
    reason: Reason
    effective_from: Instant | None = Field(default=None, description=SINCE)


class PersonRequest(RequestModel):
    slug: Slug
    name: Name
    unit: Slug
    effective_from: Instant | None = Field(default=None, description=SINCE)


class PersonChangeRequest(RequestModel):
    name: Name | None = None
    unit: Slug | None = None
    effective_from: Instant | None = Field(default=None, description=SINCE)


class LeaveRequest(RequestModel):
    effective_from: Instant | None = Field(default=None, description=SINCE)


class UnitResponse(ResponseModel):
    """As it is at the moment asked for; `version` is the organisation's."""

    id: str = Field(description="Its slug.")
    slug: str
    name: str
    kind: UnitKind
    parent: str | None
    open: bool
    added_at: Instant
    closed_at: Instant | None = Field(description="May be planned.")
    version: int


class PersonResponse(ResponseModel):
    """As it is at the moment asked for; `version` is the organisation's."""

    id: str = Field(description="Their slug.")
    slug: str
    name: str
    unit: str | None = Field(description="None for who has left.")
    version: int


class NamedResponse(ResponseModel):
    slug: str
    name: str


class BranchResponse(ResponseModel):
    slug: str
    name: str
    kind: UnitKind
    parent: str | None
    depth: int = Field(description="0 for a root.")
    people: list[NamedResponse]
    people_in_all: int = Field(description="Those in units below it included.")


class OrganisationResponse(ResponseModel):
    """In the order of a tree: each unit before its parts, siblings by name."""

    units: list[BranchResponse]
    people: int
    version: int


class UnitChangeResponse(ResponseModel):
    change: Literal["added", "renamed", "moved", "closed"]
    name: str | None = None
    parent: str | None = None
    reason: str | None = None
    effective_from: Instant
    recorded_at: Instant
    actor: str
    version: int


class UnitHistoryResponse(ResponseModel):
    """In the order the changes hold; of two for one moment the later recorded holds."""

    items: list[UnitChangeResponse]


def unit_response(unit: Unit, moment: datetime, version: int) -> UnitResponse:
    """As it is at `moment`, or as it will be when it is there."""
    shown_at = max(moment, unit.added_at)
    return UnitResponse(
        id=unit.slug,
        slug=unit.slug,
        name=unit.names.at(shown_at) or unit.slug,
        kind=unit.kind,
        parent=unit.parent_at(shown_at),
        open=unit.is_open(moment),
        added_at=unit.added_at,
        closed_at=None if unit.closed_at == FOR_EVER else unit.closed_at,
        version=version,
    )


def person_response(person: Person, moment: datetime, version: int) -> PersonResponse:
    """As it is at `moment`, or as it will be when the person is there."""
    shown_at = max(moment, person.names.moments[0])
    return PersonResponse(
        id=person.slug,
        slug=person.slug,
        name=person.names.at(shown_at) or person.slug,
        unit=person.unit_at(shown_at),
        version=version,
    )


def organisation_response(
    organisation: Organisation, branches: Iterable[Branch], moment: datetime, version: int
) -> OrganisationResponse:
    return OrganisationResponse(
        units=[_branch(branch) for branch in branches],
        people=sum(1 for person in organisation.people.values() if person.unit_at(moment)),
        version=version,
    )


def unit_change_response(record: RecordedEvent) -> UnitChangeResponse:
    return UnitChangeResponse(
        **_change(record),
        effective_from=record.occurred_at,
        recorded_at=record.recorded_at,
        actor=record.actor,
        version=record.version,
    )


def _change(record: RecordedEvent) -> dict[str, Any]:
    match event := record.event:
        case OrganisationUnitAdded():
            return {"change": "added", "name": event.name, "parent": event.parent}
        case OrganisationUnitRenamed():
            return {"change": "renamed", "name": event.name}
        case OrganisationUnitMoved():
            return {"change": "moved", "parent": event.parent}
        case OrganisationUnitClosed():
            return {"change": "closed", "reason": event.reason}
        case _:
            raise TypeError("the history of a unit is read from its events")


def _branch(branch: Branch) -> BranchResponse:
    return BranchResponse(
        slug=branch.unit.slug,
        name=branch.name,
        kind=branch.unit.kind,
        parent=branch.parent,
        depth=branch.depth,
        people=[NamedResponse(slug=person.slug, name=person.name) for person in branch.people],
        people_in_all=branch.people_in_all,
    )
