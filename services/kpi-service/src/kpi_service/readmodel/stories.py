"""A breach, or a silence of the source, as it was at a moment: folded from what was told of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple, Self
from uuid import UUID

from helmlog_events.contracts.event import Event
from helmlog_events.contracts.kpi import (
    BreachEpisode,
    KPIBreachAnnotated,
    KPIBreachRevised,
    KPIBreachSilenced,
    KPIBreachUnsilenced,
    KPIDataResumed,
    KPINoData,
    KPIThresholdAcknowledged,
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
    Severity,
    SeverityChange,
)
from helmlog_events.envelope import RecordedEvent

from kpi_service.domain.threshold.telling import UNKNOWN, Known, evolve

Kind = Literal["threshold", "no_data"]
StoryState = Literal["open", "recovered", "withdrawn"]
Ending = Literal["value", "silence", "reading", "policy", "retired"]


class Entry(NamedTuple):
    """What was told: by whom, since when it is true, since when it is known."""

    event: Event
    actor: str
    occurred_at: datetime
    recorded_at: datetime

    @classmethod
    def of(cls, record: RecordedEvent) -> Self:
        return cls(record.event, record.actor, record.occurred_at, record.recorded_at)


class By(NamedTuple):
    """Who did something, and when."""

    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """What readings that came late made of a breach that had been told."""

    known_at: datetime
    event: KPIBreachRevised


@dataclass(frozen=True, slots=True)
class BreachStory:
    """All instants are of what was observed, but for what people did.

    A threshold's breach has an `episode`, a silence has its `silence` instead. `version` counts
    what people did about it.
    """

    id: UUID
    kpi_id: UUID
    opened_at: datetime
    announced_at: datetime
    told_opened_at: datetime
    episode: BreachEpisode | None = None
    silence: KPINoData | None = None
    recovered_at: datetime | None = None
    ended_by: Ending | None = None
    withdrawn: bool = False
    merged_into: UUID | None = None
    revisions: tuple[Revision, ...] = ()
    acknowledged: tuple[By, KPIThresholdAcknowledged] | None = None
    silenced: tuple[By, KPIBreachSilenced] | None = None
    annotations: tuple[tuple[By, KPIBreachAnnotated], ...] = ()
    version: int = 0

    @property
    def kind(self) -> Kind:
        return "threshold" if self.silence is None else "no_data"

    @property
    def state(self) -> StoryState:
        if self.withdrawn:
            return "withdrawn"
        return "open" if self.recovered_at is None else "recovered"

    @property
    def severity(self) -> Severity | None:
        return None if self.episode is None else self.episode.severities[-1].severity

    def is_silenced_at(self, moment: datetime) -> bool:
        return (
            self.state == "open" and self.silenced is not None and moment < self.silenced[1].until
        )


def tell(
    entries: Iterable[Entry], valid_at: datetime | None = None, known_at: datetime | None = None
) -> BreachStory | None:
    """The story at a moment; None if there was nothing to tell of yet.

    `entries` come in the order of the log, those of the breach before what was done about it.
    """
    story: BreachStory | None = None
    for entry in entries:
        if _within(entry.recorded_at, known_at):
            story = _open(entry) if story is None else _go_on(story, entry, valid_at)
    return None if story is None else _as_it_was(story, valid_at)


def _open(entry: Entry) -> BreachStory | None:
    match entry.event:
        case KPIThresholdBreached() as told:
            return BreachStory(
                id=told.breach_id,
                kpi_id=told.kpi_id,
                opened_at=told.opened_at,
                announced_at=entry.recorded_at,
                told_opened_at=told.opened_at,
                episode=evolve(UNKNOWN, told).episode,
            )
        case KPINoData() as told:
            return BreachStory(
                id=told.silence_id,
                kpi_id=told.kpi_id,
                opened_at=entry.occurred_at,
                announced_at=entry.recorded_at,
                told_opened_at=entry.occurred_at,
                silence=told,
            )
        case _:
            return None


def _go_on(story: BreachStory, entry: Entry, valid_at: datetime | None) -> BreachStory:
    match entry.event:
        case KPIThresholdEscalated() | KPIThresholdRecovered() | KPIBreachRevised() as told:
            return _judged(story, told, entry.recorded_at)
        case KPIDataResumed() as told:
            return replace(story, recovered_at=entry.occurred_at, ended_by=told.cause)
        case _ if not _within(entry.occurred_at, valid_at):
            return story
        case _:
            return _dealt_with(story, entry)


def _judged(
    story: BreachStory,
    told: KPIThresholdEscalated | KPIThresholdRecovered | KPIBreachRevised,
    known_at: datetime,
) -> BreachStory:
    if story.episode is None:
        raise TypeError(f"{told.event_type} tells of the breach {story.id}, a silence")
    known = Known(None if story.withdrawn else story.episode, story.merged_into)
    episode, merged_into = evolve(known, told)
    if isinstance(told, KPIBreachRevised):
        story = replace(story, revisions=(*story.revisions, Revision(known_at, told)))
    if episode is None:
        # What was taken back is shown as it was told last.
        return replace(story, withdrawn=True, merged_into=merged_into)
    return replace(_by_episode(story, episode), withdrawn=False, merged_into=merged_into)


def _by_episode(story: BreachStory, episode: BreachEpisode) -> BreachStory:
    ended_by: Ending | None = None
    if episode.recovered_at is not None:
        ended_by = "silence" if episode.value is None else "value"
    return replace(
        story,
        opened_at=episode.opened_at,
        episode=episode,
        recovered_at=episode.recovered_at,
        ended_by=ended_by,
    )


def _dealt_with(story: BreachStory, entry: Entry) -> BreachStory:
    by, version = By(entry.actor, entry.occurred_at), story.version + 1
    match entry.event:
        case KPIThresholdAcknowledged() as acknowledged:
            return replace(story, acknowledged=(by, acknowledged), version=version)
        case KPIBreachSilenced() as silenced:
            return replace(story, silenced=(by, silenced), version=version)
        case KPIBreachUnsilenced():
            return replace(story, silenced=None, version=version)
        case KPIBreachAnnotated() as annotated:
            annotations = (*story.annotations, (by, annotated))
            return replace(story, annotations=annotations, version=version)
        case other:
            raise TypeError(f"{other.event_type} tells nothing of a breach")


def _as_it_was(story: BreachStory, valid_at: datetime | None) -> BreachStory | None:
    """Without what was observed after `valid_at`."""
    if valid_at is None:
        return story
    if story.episode is None:
        # At the very instant the time was up nothing was too late yet.
        if story.opened_at >= valid_at:
            return None
    else:
        severities: Sequence[SeverityChange] = [
            one for one in story.episode.severities if one.observed_at <= valid_at
        ]
        if not severities:
            return None
        episode = story.episode.model_copy(update={"severities": tuple(severities)})
        story = replace(story, episode=episode)
    if story.recovered_at is None or story.recovered_at <= valid_at:
        return story
    if story.episode is not None:
        ended = {"recovered_at": None, "value": None, "readings": None}
        story = replace(story, episode=story.episode.model_copy(update=ended))
    return replace(story, recovered_at=None, ended_by=None)


def _within(moment: datetime, limit: datetime | None) -> bool:
    return limit is None or moment <= limit
