"""Each holds from `since` on, which may lie in the past or be planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from helmlog_events.contracts.okr import UnitKind


@dataclass(frozen=True, slots=True)
class AddUnit:
    unit: str
    name: str
    kind: UnitKind
    parent: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class RenameUnit:
    unit: str
    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class MoveUnit:
    """To be part of nothing where `parent` is none."""

    unit: str
    parent: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class CloseUnit:
    unit: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class JoinPerson:
    person: str
    name: str
    unit: str
    since: datetime


@dataclass(frozen=True, slots=True)
class RenamePerson:
    person: str
    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class MovePerson:
    person: str
    unit: str
    since: datetime


@dataclass(frozen=True, slots=True)
class LeavePerson:
    person: str
    since: datetime


UnitCommand = AddUnit | RenameUnit | MoveUnit | CloseUnit
PersonCommand = JoinPerson | RenamePerson | MovePerson | LeavePerson
OrganisationCommand = UnitCommand | PersonCommand
