"""Uniqueness by reservation: a name is a stream, and only one writer can be its first."""

from __future__ import annotations

from uuid import UUID

from helmlog_events.contracts.event import Event, event


@event("NameReserved")
class NameReserved(Event):
    """Claims a unique name: version 1 of its reservation stream can be written once."""

    holder: UUID


@event("NameReleased")
class NameReleased(Event):
    holder: UUID
