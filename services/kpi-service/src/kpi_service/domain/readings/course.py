"""One KPI's course through a batch: its current value, its threshold state, what is to be said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.kpi import KPIValueCorrected

from kpi_service.domain.readings.feed import NEVER, Feed
from kpi_service.domain.readings.reading import Reading
from kpi_service.domain.readings.touched import Placed, Touched
from kpi_service.domain.threshold.changes import Change, Ended
from kpi_service.domain.threshold.cut import Cut, hull
from kpi_service.domain.threshold.episode import Episode, Told, advance, announce, breach_id
from kpi_service.domain.threshold.observation import Observation, Place
from kpi_service.domain.threshold.policy import Policy, next_change
from kpi_service.domain.threshold.rejudging import (
    Checkpoint,
    Rejudging,
    Start,
    Stretch,
    is_milestone,
    longer_by,
)
from kpi_service.domain.threshold.revision import Announcement, Revision, announcements
from kpi_service.domain.threshold.state import NORMAL, Normal, ThresholdState
from kpi_service.domain.threshold.timeline import Timeline

NOWHERE: Place = (NEVER, "")
_LAST = "\U0010ffff"
"""Comes after every source."""


@dataclass(slots=True)
class Course:
    """A batch goes through in three steps, so that its order does not show.

    `take` each feed's readings as they arrived; `turn`, which gives the stretch that has to be
    judged again, if any: `judge_again` it; then `judge` what lies beyond everything judged before.

    The last reading in the order of places is the current value, which is none where it was
    withdrawn. `breach` is the open one; `calm_since` is none, or no episode that is over and no
    checkpoint lies later; `silent_until` is none, or the state is that after nothing was observed
    until then. `policies_judged` counts the policies ever set that the state heeds.

    Where a policy judges by period, what is to be judged is not the readings themselves: it is
    `turn_by_period`, and `judge_on` after it. `over_until` is then up to when periods are over and
    judged, `cut_by` names how they were cut.
    """

    kpi_id: UUID
    policies: Sequence[Policy] = ()
    value: Decimal | None = None
    source: str | None = None
    observed_at: datetime = NEVER
    state: ThresholdState = NORMAL
    breach: Told | None = None
    calm_since: datetime | None = None
    silent_until: datetime | None = None
    policies_judged: int = 0
    judged_again: int = 0
    over_until: datetime | None = None
    cut_by: str | None = None
    feeds: dict[str, Feed] = field(default_factory=dict)
    corrections: list[KPIValueCorrected] = field(default_factory=list)
    said: list[Announcement] = field(default_factory=list)
    moved: bool = False
    """The current value is another, or newer, than before the batch."""
    episodes: dict[UUID, Episode | None] = field(default_factory=dict)
    """Those that the batch changed, none for what is no breach after all."""
    checkpoints: list[Checkpoint] = field(default_factory=list)
    """Those of readings beyond everything judged before."""
    judged_to: Place = NOWHERE
    """How far judging again goes; what lies beyond is judged for the first time."""
    _touched: Touched = field(default_factory=Touched)
    _beyond: list[Placed] = field(default_factory=list)
    _timeline: Timeline | None = None

    @property
    def head(self) -> Place:
        """The place of the current value."""
        return self.observed_at, self.source or ""

    @property
    def is_by_period(self) -> bool:
        return any(one.period is not None for one in self.policies)

    @property
    def front(self) -> datetime:
        """Up to when what was observed has been judged, or is known to have been nothing."""
        return max(self.observed_at, self.silent_until or NEVER, self.over_until or NEVER)

    @property
    def quiet_until(self) -> datetime | None:
        """Up to when silence is looked for after the last that was judged before, if at all."""
        return self.judged_to[0] if self.is_by_period else self.silent_until

    @property
    def resumes_after(self) -> Place:
        """The place from which on what is judged next follows, or silence."""
        if isinstance(self.state, Normal):
            return self.judged_to
        policy = self.timeline.at(self.state.last)
        by_period = policy is not None and policy.period is not None
        return self.state.last, "" if by_period else _LAST

    @property
    def timeline(self) -> Timeline:
        if self._timeline is None:
            self._timeline = Timeline(self.policies)
        return self._timeline

    def feed(self, source: str) -> Feed:
        """The source's feed, a new one if it has not been heard of."""
        found = self.feeds.get(source)
        if found is None:
            found = self.feeds[source] = Feed(source)
        return found

    def take(self, feed: Feed, readings: Sequence[Reading]) -> None:
        """They are all that the batch has of `feed`, in the order in which they came."""
        if feed.extend(readings):
            self._touched.extend(feed.source, readings)
            return
        for one in readings:
            before = feed.take(one)
            if before is not None:
                if before.value == one.value:
                    continue
                self.corrections.append(
                    KPIValueCorrected(
                        kpi_id=self.kpi_id,
                        observed_at=one.observed_at,
                        source=feed.source,
                        previous=before.value,
                        value=one.value,
                    )
                )
            self._touched.put((one.observed_at, feed.source), one.value)

    def turn(self) -> Stretch | None:
        """Moves the current value, and gives what was judged before and has to be judged again.

        That is from the first to the last of the readings that came late or are others now, and
        what policies that are newer than the state hold for. None, if they change nothing.
        """
        until = self.head
        if self.silent_until is not None or self.over_until is not None:
            # What was observed by then belies the silence.
            until = max(until, (self.front, _LAST))
        changed = self._part(until)
        stretches = list(self._of_new_policies())
        if changed and not self._is_harmless(changed):
            stretches.append(Stretch(changed[0][0], changed[-1][0]))
        return self._turned(stretches)

    def changed_before(self) -> list[Place]:
        """Where a policy judges by period: moves the current value, and gives the places of the
        readings, in order, that came late or are others now.
        """
        return [place for place, _ in self._part((self.front, _LAST))]

    def turn_by_period(
        self, cut: Cut, changed: Sequence[Place], cut_by: str, now: datetime | None
    ) -> Stretch | None:
        """As `turn`, after `changed_before`; `changed` are the readings by which what was judged
        may be another. What was observed says which periods are over, and where `now` is given,
        that it has come.
        """
        front = self.judged_to[0]
        stretches = list(self._of_new_policies())
        if shown := hull(cut.shown(changed, front)):
            stretches.append(Stretch(*shown))
        silent_until = self.silent_until
        if silent_until is not None and changed and changed[0][0] < silent_until:
            # It belies the silence, be its period not over.
            stretches.append(Stretch(changed[0], None))
        if self.cut_by not in (None, cut_by):
            stretches.append(Stretch((self.policies[0].effective_from, ""), None))
        self.cut_by = cut_by
        over = [] if now is None else [end for end in cut.ends_of(self.observed_at) if end <= now]
        self.over_until = max(front, self.observed_at, *over)
        return self._turned(stretches)

    def judge_again(self, start: Start, stretch: Stretch) -> Rejudging:
        self.judged_again += 1
        return Rejudging(self.kpi_id, self.timeline, start, stretch.until, self.judged_again)

    def accept(self, again: Rejudging, *, met: bool, silent_until: datetime | None) -> None:
        """What judging again has found: `met` where the states met before the last reading, after
        which there is none until `silent_until`.
        """
        before = again.state
        found = None if met else again.end(silent_until)
        if self.is_by_period and not met:
            self.silent_until = None if again.state is before else silent_until
        for revision in again.revisions:
            self._revise(revision)
        splice = again.splice
        if not met:
            self.state, self.breach = again.state, found
        elif splice is not None and self.breach is not None and self.breach.id == splice.told.id:
            same = next(one.id for one in again.revisions if one.after is splice.episode)
            self.breach = Told(same, splice.episode)
            self.state = longer_by(self.state, splice.longer)

    def judge(self) -> None:
        """Judges what lies beyond everything judged before, one reading after the other."""
        timeline, state = self.timeline, self.state
        for place, value in self._beyond:
            if value is None:
                continue
            if state is NORMAL:
                policy = timeline.at(place[0])
                if policy is None or policy.floor <= value <= policy.ceiling:
                    continue
            state, changes = timeline.judge(state, Observation(place[0], value, place[1]))
            for change in changes:
                self._change(change)
            if is_milestone(state):
                self.checkpoints.append(Checkpoint(place, state))
                self.calm_until(place)
        self.state = state
        if self._beyond:
            self.silent_until = None

    def judge_on(self, observations: Iterable[Observation]) -> None:
        """Judges these, which follow on everything judged before: periods, or readings."""
        for observation in observations:
            self.state, changes = self.timeline.judge(self.state, observation)
            for change in changes:
                self._change(change)
            if is_milestone(self.state):
                self.checkpoints.append(Checkpoint(observation.place, self.state))
                self.calm_until(observation.place)
            self.silent_until = None

    def fall_silent(self, now: datetime) -> None:
        """Takes it that by `now` nothing was observed later than the last reading."""
        state, changes = self.timeline.fall_silent(self.state, now)
        if state is self.state:
            return
        self.state, self.silent_until = state, now
        for change in changes:
            self._change(change)

    def calm_until(self, place: Place) -> None:
        """Notes an episode's end, or a checkpoint, at `place`."""
        if self.calm_since is None or place[0] > self.calm_since:
            self.calm_since = place[0]

    def _part(self, until: Place) -> list[Placed]:
        """Moves the current value; parts what lies beyond `until` from what does not."""
        changed, self._beyond = self._touched.parted(until)
        self.judged_to = until
        self._move(changed)
        return changed

    def _turned(self, stretches: Sequence[Stretch]) -> Stretch | None:
        self.policies_judged = max(
            [self.policies_judged, *(policy.number for policy in self.policies)]
        )
        return _union(stretches)

    def _move(self, changed: Sequence[Placed]) -> None:
        head, value = self.head, self.value
        ordered = self._beyond or changed
        if ordered and ordered[-1][0] > head:
            head, value = ordered[-1]
        else:
            value = next((now for place, now in changed if place == head), value)
        if (head, value) != (self.head, self.value):
            (self.observed_at, self.source), self.value = head, value
            self.moved = True

    def _of_new_policies(self) -> Iterable[Stretch]:
        until = max(self.judged_to[0], self.silent_until or NEVER)
        for policy in self.policies:
            if policy.number > self.policies_judged and policy.effective_from <= until:
                ends = next_change(self.policies, policy.effective_from)
                yield Stretch((policy.effective_from, ""), None if ends is None else (ends, ""))

    def _is_harmless(self, changed: Sequence[Placed]) -> bool:
        """Whether they can do no more than break runs of bad readings that came to nothing."""
        if not self.policies:
            return True
        if self.state is not NORMAL or self.silent_until is not None:
            return False
        if self.calm_since is not None and changed[0][0][0] <= self.calm_since:
            return False
        for place, value in changed:
            policy = self.timeline.at(place[0])
            if value is None or (policy is not None and policy.is_breached_by(value)):
                return False
        return True

    def _change(self, change: Change) -> None:
        before = None if self.breach is None else self.breach.episode
        after = advance(before, change)
        identity = self.breach.id if self.breach else breach_id(self.kpi_id, after.triggered, 0)
        for event in announce(self.kpi_id, identity, before, after):
            self.said.append(Announcement(event, event.observed_at))
        self._hold(identity, after)
        self.breach = None if isinstance(change, Ended) else Told(identity, after)

    def _revise(self, revision: Revision) -> None:
        self.said.extend(announcements(self.kpi_id, revision))
        if revision.before != revision.after:
            self._hold(revision.id, revision.after)

    def _hold(self, identity: UUID, episode: Episode | None) -> None:
        self.episodes[identity] = episode
        if episode is not None and episode.ended is not None:
            self.calm_until(episode.ended.place)


def _union(stretches: Sequence[Stretch]) -> Stretch | None:
    if not stretches:
        return None
    ends = [one.until for one in stretches if one.until is not None]
    return Stretch(
        min(one.since for one in stretches),
        max(ends) if len(ends) == len(stretches) else None,
    )
