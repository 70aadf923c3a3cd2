"""What may be done to a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, assert_never
from uuid import UUID

from helmlog_events.contracts.kpi import (
    SeriesMapping,
    SourceKeyRotated,
    SourceRegistered,
    SourceRevised,
    SourceRevoked,
)

from kpi_service.domain.readings.reading import DEFAULT_SOURCE
from kpi_service.domain.source.events import SourceEvent
from kpi_service.domain.source.refusals import (
    MappingNotAllowed,
    MappingRepeated,
    MappingWithoutLabels,
    OverlapTooLong,
    SourceAlreadyRegistered,
    SourceIsRevoked,
    SourceNameKept,
    SourceUnknown,
)
from kpi_service.domain.source.state import Registered, Revoked, SourceState, Unregistered

FORMULA: Final = "formula"
"""The source of derived values; nobody else speaks in its name."""
LONGEST_OVERLAP: Final = timedelta(days=30)

_KEPT: Final = {
    DEFAULT_SOURCE: "readings that name no source",
    FORMULA: "what formulas come to",
}


@dataclass(frozen=True, slots=True)
class RegisterSource:
    """`registration` holds the fields as they will be recorded."""

    registration: SourceRegistered
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviseSource:
    """The whole of what may change: what is left out is none from then on."""

    source_id: UUID
    description: str | None
    kpi_ids: tuple[UUID, ...] | None
    series: tuple[SeriesMapping, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class RotateKey:
    """The key before is accepted for the `overlap`; one that was still before that, no more."""

    source_id: UUID
    key_digest: str
    overlap: timedelta
    at: datetime


@dataclass(frozen=True, slots=True)
class RevokeSource:
    source_id: UUID
    reason: str
    at: datetime


SourceCommand = RegisterSource | ReviseSource | RotateKey | RevokeSource


def decide(command: SourceCommand, state: SourceState) -> list[SourceEvent]:
    """The events that follow, none when nothing would change. Raises a `Refusal`."""
    if isinstance(command, RegisterSource):
        if not isinstance(state, Unregistered):
            raise SourceAlreadyRegistered(command.registration.source_id)
        return _register(command.registration)
    match state:
        case Unregistered():
            raise SourceUnknown(command.source_id)
        case Registered():
            return _change(command, state)
        case Revoked():
            if isinstance(command, RevokeSource):
                return []  # asked twice, done once
            raise SourceIsRevoked(state.source.name)
        case _ as unreachable:
            assert_never(unreachable)


def _change(
    command: ReviseSource | RotateKey | RevokeSource, source: Registered
) -> list[SourceEvent]:
    match command:
        case ReviseSource():
            return _revise(command, source)
        case RotateKey():
            return _rotate(command)
        case RevokeSource():
            return [SourceRevoked(source_id=command.source_id, reason=command.reason)]
        case _ as unreachable:
            assert_never(unreachable)


def _register(registration: SourceRegistered) -> list[SourceEvent]:
    if (meaning := _KEPT.get(registration.name)) is not None:
        raise SourceNameKept(registration.name, meaning)
    _check_mappings(registration.series, registration.kpi_ids)
    return [registration]


def _rotate(command: RotateKey) -> list[SourceEvent]:
    if command.overlap > LONGEST_OVERLAP:
        raise OverlapTooLong(LONGEST_OVERLAP)
    return [
        SourceKeyRotated(
            source_id=command.source_id,
            key_digest=command.key_digest,
            previous_until=command.at + command.overlap,
        )
    ]


def _revise(command: ReviseSource, source: Registered) -> list[SourceEvent]:
    _check_mappings(command.series, command.kpi_ids)
    wanted = (command.description, command.kpi_ids, command.series)
    if wanted == (source.description, source.kpi_ids, source.series):
        return []
    return [
        SourceRevised(
            source_id=command.source_id,
            description=command.description,
            kpi_ids=command.kpi_ids,
            series=command.series,
        )
    ]


def _check_mappings(series: Sequence[SeriesMapping], kpi_ids: Sequence[UUID] | None) -> None:
    places: dict[frozenset[tuple[str, str]], int] = {}
    for place, mapping in enumerate(series):
        labels = frozenset((label.name, label.value) for label in mapping.labels)
        if not labels:
            raise MappingWithoutLabels(place)
        if (first := places.setdefault(labels, place)) != place:
            raise MappingRepeated(place, first)
        if kpi_ids is not None and mapping.kpi_id not in kpi_ids:
            raise MappingNotAllowed(place, mapping.kpi_id)
