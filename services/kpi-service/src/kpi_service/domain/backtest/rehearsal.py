"""Policies run over past readings: what they would have said, and nothing else comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from helmlog_events.contracts.kpi import Severity, ThresholdRule

from kpi_service.domain.threshold import changes as threshold
from kpi_service.domain.threshold.observation import Observation
from kpi_service.domain.threshold.policy import RANK, Policy
from kpi_service.domain.threshold.state import NORMAL, ThresholdState
from kpi_service.domain.threshold.timeline import Timeline

NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Change(NamedTuple):
    """The breach is of this severity from `observed_at` on."""

    severity: Severity
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Episode:
    """A breach that would have been: `changes` are in order of time, the first one triggered it.

    `opened_at` is the first of the readings that led to it. `recovered_at` is none where the
    stretch ended before the breach did; `cause` says what ended it.
    """

    opened_at: datetime
    rule: ThresholdRule
    value: Decimal
    changes: tuple[Change, ...]
    recovered_at: datetime | None = None
    cause: Literal["value", "silence"] | None = None

    @property
    def triggered_at(self) -> datetime:
        return self.changes[0].observed_at

    @property
    def gravest(self) -> Severity:
        return max((one.severity for one in self.changes), key=RANK.__getitem__)


class Silence(NamedTuple):
    """Nothing came for longer than the policy stands; it would have been said at `noticed_at`.

    `resumed_at` is none where nothing came until the stretch ended.
    """

    since: datetime
    noticed_at: datetime
    resumed_at: datetime | None
    alerted: bool


class Rehearsal:
    """Takes readings in their order; what is over goes to whoever asks, so nothing piles up.

    It begins with no breach open: what began before the first reading is not seen.
    """

    __slots__ = ("_last", "_open", "_state", "_timeline")

    def __init__(self, policies: Sequence[Policy]) -> None:
        self._timeline = Timeline(policies)
        self._state: ThresholdState = NORMAL
        self._open: Episode | None = None
        self._last = NEVER

    def begin(self, since: datetime) -> None:
        """Silence counts from `since` on, until the first reading."""
        self._last = since

    def take(self, reading: Observation) -> Iterator[Episode | Silence]:
        """What is over with `reading`; it is asked to the end, or the reading is half taken."""
        yield from self.hear(reading.observed_at)
        yield from self.judge(reading)

    def hear(self, observed_at: datetime) -> Iterator[Silence]:
        """A reading that is not judged itself, where the values of periods are."""
        yield from self._silence(observed_at, observed_at)
        self._last = observed_at

    def judge(self, reading: Observation) -> Iterator[Episode]:
        """The value of a period, whose readings were heard; or a reading."""
        self._state, changes = self._timeline.judge(self._state, reading)
        for change in changes:
            yield from self._told(change)

    def finish(
        self, ends_at: datetime, quiet_until: datetime | None = None
    ) -> Iterator[Episode | Silence]:
        """What is still open where the stretch ends; `quiet_until` is when the first reading came
        after what was judged last, if one did.
        """
        yield from self._silence(ends_at, None)
        self._state, changes = self._timeline.fall_silent(self._state, quiet_until or ends_at)
        for change in changes:
            yield from self._told(change)
        if self._open is not None:
            yield self._open
            self._open = None

    def _silence(self, until: datetime, resumed_at: datetime | None) -> Iterator[Silence]:
        policy = self._timeline.at(self._last)
        longest = None if policy is None else policy.no_data_after
        if policy is None or longest is None or until - self._last <= longest:
            return
        alerted = policy.on_no_data == "alert"
        yield Silence(self._last, self._last + longest, resumed_at, alerted)

    def _told(self, change: threshold.Change) -> Iterator[Episode]:
        match change:
            case threshold.Opened(rule, severity, value, opened_at, (moment, _)):
                self._open = Episode(opened_at, rule, value, (Change(severity, moment),))
            case threshold.Changed(severity, _, (moment, _)) if self._open is not None:
                changes = (*self._open.changes, Change(severity, moment))
                self._open = replace(self._open, changes=changes)
            case threshold.Ended(value, (moment, _)) if self._open is not None:
                cause: Literal["value", "silence"] = "silence" if value is None else "value"
                yield replace(self._open, recovered_at=moment, cause=cause)
                self._open = None
            case _:
                pass


def run(policies: Sequence[Policy], observations: Iterable[Observation]) -> Iterator[Episode]:
    """The breaches of `policies` over `observations`, which come in their order."""
    rehearsal = Rehearsal(policies)
    last = NEVER
    for reading in observations:
        last = reading.observed_at
        yield from _episodes(rehearsal.take(reading))
    yield from _episodes(rehearsal.finish(last))


def _episodes(told: Iterable[Episode | Silence]) -> Iterator[Episode]:
    return (one for one in told if isinstance(one, Episode))
