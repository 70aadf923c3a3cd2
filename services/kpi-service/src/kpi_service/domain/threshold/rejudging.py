"""Judges a stretch of observations again, beside what was told of it, until the two meet.

The fold begins where the state is known, and goes on over the observations as they stand now. What
was judged before needs no second fold: between its episodes it was normal wherever an observation
breaches no rule, and inside them it left checkpoints.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from kpi_service.domain.threshold.changes import Ended
from kpi_service.domain.threshold.episode import Episode, Told, advance
from kpi_service.domain.threshold.observation import Observation, Place
from kpi_service.domain.threshold.revision import Revision, reconcile
from kpi_service.domain.threshold.state import (
    NORMAL,
    OpenState,
    ThresholdState,
    is_alike,
    length,
    with_readings,
)
from kpi_service.domain.threshold.timeline import Timeline

CHECKPOINT_EVERY = 250
"""Readings judged in a state that is not normal between two of its checkpoints."""


class Stretch(NamedTuple):
    """Observations from `since` to `until`, both included, are others, or are judged otherwise.

    `until` is none where that goes on to the last one.
    """

    since: Place
    until: Place | None


class Checkpoint(NamedTuple):
    """The state after the observation at `place`."""

    place: Place
    state: ThresholdState


class Start(NamedTuple):
    """Where judging again begins: after `place`. `told` is the breach that is open there."""

    place: Place
    state: ThresholdState
    told: Told | None = None


class Splice(NamedTuple):
    """The states meet in an open breach after `place`, which has `longer` more readings now.

    `episode` is that breach as it is found to be, `told` as it was told.
    """

    place: Place
    longer: int
    told: Told
    episode: Episode


def is_milestone(state: ThresholdState) -> bool:
    """Whether the state is to be kept as a checkpoint."""
    return state is not NORMAL and length(state) % CHECKPOINT_EVERY == 0


class Rejudging:
    """Takes pages of observations in order, with what was told and kept of the same stretch."""

    def __init__(
        self,
        kpi_id: UUID,
        timeline: Timeline,
        start: Start,
        until: Place | None,
        judged_again: int,
    ) -> None:
        self.kpi_id = kpi_id
        self.state = start.state
        self.revisions: list[Revision] = []
        self.splice: Splice | None = None
        self.reached: Place = start.place
        """The place of the last observation judged."""
        self._timeline = timeline
        self._until = until
        self._judged_again = judged_again
        self._upcoming: deque[Told] = deque()
        self._told: list[Told] = []
        self._found: list[Episode] = []
        self._current: Episode | None = None
        if start.told is not None:
            self._told.append(start.told)
            self._current = _up_to(start.told.episode, start.place)

    def take(
        self,
        observations: Sequence[Observation],
        told: Sequence[Told],
        kept: Mapping[Place, ThresholdState],
    ) -> tuple[bool, list[Checkpoint]]:
        """Whether the states met, and the checkpoints to be kept instead of those up to `reached`.

        `told` are the episodes triggered after the page before and up to the end of this one,
        `kept` the checkpoints there.
        """
        self._upcoming.extend(told)
        checkpoints: list[Checkpoint] = []
        for observation in observations:
            self._judge(observation)
            place = self.reached = observation.place
            if is_milestone(self.state):
                checkpoints.append(Checkpoint(place, self.state))
            was_open = self._was_open(place)
            if self._current is None and not was_open:
                self._settle()
            if self._until is None or place <= self._until:
                continue
            if self.state is NORMAL and not was_open:
                return True, checkpoints
            if place in kept and is_alike(kept[place], self.state):
                self._meet(kept[place], place, was_open=was_open)
                if not is_milestone(self.state):
                    checkpoints.append(Checkpoint(place, self.state))
                return True, checkpoints
        return False, checkpoints

    def end(self, silent_until: datetime | None) -> Told | None:
        """The last observation was judged: the breach that is open then.

        Nothing was observed after it and until `silent_until`.
        """
        self._told.extend(self._upcoming)
        if silent_until is not None:
            self.state, changes = self._timeline.fall_silent(self.state, silent_until)
            for change in changes:
                self._current = advance(self._current, change)
                self._close()
        current = self._current
        self._settle()
        if current is None:
            return None
        return next(Told(one.id, current) for one in self.revisions if one.after is current)

    def _judge(self, observation: Observation) -> None:
        self.state, changes = self._timeline.judge(self.state, observation)
        for change in changes:
            self._current = advance(self._current, change)
            if isinstance(change, Ended):
                self._close()

    def _close(self) -> None:
        if self._current is not None:
            self._found.append(self._current)
            self._current = None

    def _was_open(self, place: Place) -> bool:
        while self._upcoming and self._upcoming[0].episode.has_begun(place):
            self._told.append(self._upcoming.popleft())
        return bool(self._told) and self._told[-1].episode.holds(place)

    def _meet(self, kept: ThresholdState, place: Place, *, was_open: bool) -> None:
        if not was_open or self._current is None:
            return  # both are pending alike
        if not isinstance(kept, OpenState) or not isinstance(self.state, OpenState):
            raise TypeError(f"a breach is open and the state is {self.state}")
        longer = self.state.breach.readings - kept.breach.readings
        self._current = _continued(self._current, self._told[-1].episode, place, longer)
        self.splice = Splice(place, longer, self._told[-1], self._current)
        self._settle()

    def _settle(self) -> None:
        if self._current is not None:
            self._close()
        if self._told or self._found:
            self.revisions += reconcile(self.kpi_id, self._told, self._found, self._judged_again)
            self._told, self._found = [], []


def longer_by(state: ThresholdState, readings: int) -> ThresholdState:
    if isinstance(state, OpenState):
        return with_readings(state, state.breach.readings + readings)
    return state


def _up_to(episode: Episode, place: Place) -> Episode:
    steps = tuple(step for step in episode.steps if step.place <= place)
    return replace(episode, steps=steps, ended=None)


def _continued(found: Episode, told: Episode, place: Place, longer: int) -> Episode:
    """`found` up to `place`, and from there on what was told."""
    steps = (*found.steps, *(step for step in told.steps if step.place > place))
    ended = told.ended
    if ended is not None:
        ended = ended._replace(readings=ended.readings + longer)
    return replace(found, steps=steps, ended=ended)
