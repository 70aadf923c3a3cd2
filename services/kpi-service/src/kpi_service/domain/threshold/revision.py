"""Beside what was told of a KPI's breaches, what they turn out to be: who is who, and what to say.

Two that are open at the same time are the same breach, and keep the id it was announced under.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from helmlog_events.contracts.kpi import BreachEpisode, KPIBreachRevised

from kpi_service.domain.threshold.episode import Episode, Told, announce, as_told, breach_id
from kpi_service.domain.threshold.events import ThresholdEvent

_NEVER_OVER = datetime.max.replace(tzinfo=UTC)


class Announcement(NamedTuple):
    event: ThresholdEvent
    occurred_at: datetime


class Revision(NamedTuple):
    """`before` is what was told of the breach, `after` what it is, none where it is none.

    `merged_into` is the breach that one without an `after` is part of, if it is.
    """

    id: UUID
    before: Episode | None
    after: Episode | None
    merged_into: UUID | None = None


def reconcile(
    kpi_id: UUID, told: Sequence[Told], found: Sequence[Episode], judged_again: int
) -> list[Revision]:
    """Both in the order of time. Each found one takes the id of the first told one that it overlaps
    and that no other has taken; told ones that are left are merged into the one they overlap.
    """
    revisions: list[Revision] = []
    taken: set[UUID] = set()
    heirs: dict[UUID, UUID] = {}
    begin = 0
    for episode in found:
        while begin < len(told) and told[begin].episode.is_over(episode.triggered):
            begin += 1
        met: list[Told] = []
        for one in told[begin:]:
            if episode.is_over(one.episode.triggered):
                break
            met.append(one)
        same = next((one for one in met if one.id not in taken), None)
        if same is None:
            identity = breach_id(kpi_id, episode.triggered, judged_again)
            revisions.append(Revision(identity, None, episode))
        else:
            identity = same.id
            taken.add(identity)
            revisions.append(Revision(identity, same.episode, episode))
        for one in met:
            heirs.setdefault(one.id, identity)
    revisions += [
        Revision(one.id, one.episode, None, heirs.get(one.id))
        for one in told
        if one.id not in taken
    ]
    return revisions


def announcements(kpi_id: UUID, revision: Revision) -> Iterator[Announcement]:
    """What is to be said of it: nothing where what was told still stands.

    What only goes on from what was told is told as if it had come in order.
    """
    before, after = revision.before, revision.after
    if after is not None and (before is None or _goes_on(before, after)):
        for event in announce(kpi_id, revision.id, before, after):
            yield Announcement(event, event.observed_at)
        return
    if before is None:
        return
    old, new = as_told(before), None if after is None else as_told(after)
    if old != new:
        revised = KPIBreachRevised(
            breach_id=revision.id,
            kpi_id=kpi_id,
            before=old,
            after=new,
            merged_into=revision.merged_into,
        )
        yield Announcement(revised, _differ_from(old, new))


def _goes_on(before: Episode, after: Episode) -> bool:
    if before.ended is not None:
        return False
    old, new = as_told(before), as_told(after)
    beginning = new.model_copy(
        update={
            "severities": new.severities[: len(old.severities)],
            "recovered_at": None,
            "value": None,
            "readings": None,
        }
    )
    return old == beginning


def _differ_from(before: BreachEpisode, after: BreachEpisode | None) -> datetime:
    """The earliest instant at which the two are not the same."""
    if after is None:
        return before.opened_at
    if before.opened_at != after.opened_at:
        return min(before.opened_at, after.opened_at)
    triggers = (before.severities[0].observed_at, after.severities[0].observed_at)
    if (before.rule, before.trigger_readings) != (after.rule, after.trigger_readings):
        return min(triggers)
    for old, new in zip(before.severities, after.severities, strict=False):
        if old != new:
            return min(old.observed_at, new.observed_at)
    instants = [before.recovered_at or _NEVER_OVER, after.recovered_at or _NEVER_OVER]
    common = min(len(before.severities), len(after.severities))
    instants += [
        one.observed_at for one in (*before.severities[common:], *after.severities[common:])
    ]
    return min(instants)
