"""Policies run over past readings: what they would have said, and nothing else comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from helmlog_events.contracts.kpi import (
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
    OnNoData,
    Severity,
    ThresholdRule,
)

from kpi_service.domain.threshold.judge import Observation, judge
from kpi_service.domain.threshold.policy import RANK, Policy, next_change, policy_at
from kpi_service.domain.threshold.state import NORMAL, ThresholdState

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


@dataclass(slots=True)
class Rehearsal:
    """Takes readings in their order; what is over goes to whoever asks, so nothing piles up.

    It begins with no breach open: what began before the first reading is not seen.
    """

    policies: Sequence[Policy]
    on_no_data: Mapping[int, OnNoData] = field(default_factory=dict)
    """By the number of the policy; `keep` for one that is not named."""
    _state: ThresholdState = NORMAL
    _open: Episode | None = None
    _last: datetime = NEVER
    _longest: timedelta | None = None
    _policy: Policy | None = None
    _policy_ends: datetime | None = NEVER

    def begin(self, since: datetime) -> None:
        """Silence counts from `since` on, until the first reading."""
        self._last = since
        self._turn(since)

    def take(self, reading: Observation) -> Iterator[Episode | Silence]:
        """What is over with `reading`; it is asked to the end, or the reading is half taken."""
        observed_at = reading.observed_at
        if self._longest is not None and observed_at - self._last > self._longest:
            yield from self._silent(observed_at)
        self._last = observed_at
        if self._policy_ends is not None and observed_at >= self._policy_ends:
            self._turn(observed_at)
        policy = self._policy
        # Most readings are good while nothing is wrong: they change nothing.
        if policy is None or (
            self._state is NORMAL and policy.floor <= reading.value <= policy.ceiling
        ):
            return
        self._state, said = judge(policy, self._state, reading)
        for one in said:
            match one:
                case KPIThresholdBreached():
                    change = Change(one.severity, observed_at)
                    self._open = Episode(one.opened_at, one.rule, one.value, (change,))
                case KPIThresholdEscalated():
                    self._escalate(Change(one.severity, observed_at))
                case KPIThresholdRecovered():
                    yield from self._recover(observed_at, "value")

    def finish(self, ends_at: datetime) -> Iterator[Episode | Silence]:
        """What is still open where the stretch ends."""
        if self._longest is not None and ends_at - self._last > self._longest:
            yield from self._silent(None)
        if self._open is not None:
            yield self._open
            self._open = None

    def _turn(self, moment: datetime) -> None:
        self._policy = policy_at(self.policies, moment)
        self._policy_ends = next_change(self.policies, moment)
        self._longest = None if self._policy is None else self._policy.no_data_after

    def _silent(self, resumed_at: datetime | None) -> Iterator[Episode | Silence]:
        if self._policy is None or self._longest is None:
            return
        noticed_at = self._last + self._longest
        means = self.on_no_data.get(self._policy.number, "keep")
        yield Silence(self._last, noticed_at, resumed_at, alerted=means == "alert")
        if means == "ok":
            yield from self._recover(noticed_at, "silence")
            self._state = NORMAL

    def _escalate(self, change: Change) -> None:
        if self._open is not None:
            was = self._open
            self._open = Episode(was.opened_at, was.rule, was.value, (*was.changes, change))

    def _recover(self, moment: datetime, cause: Literal["value", "silence"]) -> Iterator[Episode]:
        if self._open is not None:
            was, self._open = self._open, None
            yield Episode(was.opened_at, was.rule, was.value, was.changes, moment, cause)


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
