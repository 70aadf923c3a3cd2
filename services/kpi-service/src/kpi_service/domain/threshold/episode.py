"""A breach from its opening to its end, as the readings make it, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple, assert_never
from uuid import UUID

from helmlog_events.contracts.kpi import (
    BreachEpisode,
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
    Severity,
    SeverityChange,
    ThresholdRule,
)

from kpi_service.domain.threshold.changes import Change, Changed, Ended, Opened
from kpi_service.domain.threshold.observation import Place


class Step(NamedTuple):
    """From `place` on the severity is this one, by `value`."""

    severity: Severity
    value: Decimal
    place: Place


@dataclass(frozen=True, slots=True)
class Episode:
    """`opened_at` is the first of the `trigger_readings` that made `rule` fire.

    The first of `steps` is the trigger. Episodes of a KPI never hold at the same place.
    """

    opened_at: datetime
    rule: ThresholdRule
    trigger_readings: int
    steps: tuple[Step, ...]
    ended: Ended | None = None

    @property
    def triggered(self) -> Place:
        return self.steps[0].place

    def has_begun(self, place: Place) -> bool:
        return self.triggered <= place

    def holds(self, place: Place) -> bool:
        """Whether the breach is open after the reading at `place`."""
        return self.triggered <= place and not self.is_over(place)

    def is_over(self, place: Place) -> bool:
        return self.ended is not None and self.ended.place <= place


class Told(NamedTuple):
    """An episode that was announced under an id."""

    id: UUID
    episode: Episode


def advance(episode: Episode | None, change: Change) -> Episode:
    """The episode after `change`; none before its opening."""
    match change:
        case Opened():
            trigger = Step(change.severity, change.value, change.place)
            return Episode(change.opened_at, change.rule, change.readings, (trigger,))
        case Changed() | Ended() if episode is None:
            raise ValueError(f"no breach is open, and this changes one: {change}")
        case Changed():
            step = Step(change.severity, change.value, change.place)
            return replace(episode, steps=(*episode.steps, step))
        case Ended():
            return replace(episode, ended=change)
        case _ as unreachable:
            assert_never(unreachable)


def as_told(episode: Episode) -> BreachEpisode:
    ended = episode.ended
    return BreachEpisode(
        opened_at=episode.opened_at,
        rule=episode.rule,
        trigger_readings=episode.trigger_readings,
        severities=tuple(
            SeverityChange(severity=step.severity, value=step.value, observed_at=step.place[0])
            for step in episode.steps
        ),
        recovered_at=None if ended is None else ended.place[0],
        value=None if ended is None else ended.value,
        readings=None if ended is None else ended.readings,
    )


def announce(
    kpi_id: UUID, breach_id: UUID, before: Episode | None, after: Episode
) -> Iterator[KPIThresholdBreached | KPIThresholdEscalated | KPIThresholdRecovered]:
    """What is to be said so that who was told `before` knows `after`, which goes on from it."""
    known = 0 if before is None else len(before.steps)
    if before is None:
        yield KPIThresholdBreached(
            breach_id=breach_id,
            kpi_id=kpi_id,
            severity=after.steps[0].severity,
            rule=after.rule,
            value=after.steps[0].value,
            opened_at=after.opened_at,
            observed_at=after.triggered[0],
            readings=after.trigger_readings,
        )
        known = 1
    for previous, step in zip(after.steps[known - 1 :], after.steps[known:], strict=False):
        yield KPIThresholdEscalated(
            breach_id=breach_id,
            kpi_id=kpi_id,
            severity=step.severity,
            previous=previous.severity,
            value=step.value,
            observed_at=step.place[0],
        )
    if after.ended is not None and (before is None or before.ended is None):
        yield KPIThresholdRecovered(
            breach_id=breach_id,
            kpi_id=kpi_id,
            severity=after.steps[-1].severity,
            value=after.ended.value,
            observed_at=after.ended.place[0],
            readings=after.ended.readings,
            cause="silence" if after.ended.value is None else "value",
        )


def breach_id(kpi_id: UUID, triggered: Place, judged_again: int) -> UUID:
    """A UUIDv7 of the reading that triggered it: the same each time the same batches are judged.

    An observation triggers one breach at most each time it is judged; `judged_again` numbers these
    times, so that no two breaches of a KPI share an id.
    """
    observed_at, source = triggered
    milliseconds = max(0, int(observed_at.timestamp() * 1000)) & (2**48 - 1)
    text = f"{kpi_id}/{observed_at.isoformat()}/{judged_again}/{source}"
    noise = int.from_bytes(sha256(text.encode()).digest()[:10])
    return UUID(
        int=milliseconds << 80 | 0x7 << 76 | (noise >> 68) << 64 | 0b10 << 62 | noise & (2**62 - 1)
    )
