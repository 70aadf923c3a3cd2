"""One KPI's course through a batch: its current value, its threshold state, what is to be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.kpi import KPIValueCorrected

from kpi_service.domain.readings.feed import NEVER, Feed
from kpi_service.domain.readings.reading import Reading
from kpi_service.domain.threshold.events import ThresholdEvent
from kpi_service.domain.threshold.judge import Observation, judge
from kpi_service.domain.threshold.policy import Policy, next_change, policy_at
from kpi_service.domain.threshold.state import NORMAL, ThresholdState


@dataclass(slots=True)
class Course:
    """Readings are taken in the order they arrive, so the batches' boundaries do not show.

    A reading observed later than every one before becomes the current value and is judged. A late
    one is stored and does neither. A correction of the current value replaces it, unjudged.
    """

    kpi_id: UUID
    policies: Sequence[Policy] = ()
    value: Decimal | None = None
    source: str | None = None
    observed_at: datetime = NEVER
    state: ThresholdState = NORMAL
    feeds: dict[str, Feed] = field(default_factory=dict)
    corrections: list[KPIValueCorrected] = field(default_factory=list)
    judgements: list[ThresholdEvent] = field(default_factory=list)
    moved: bool = False
    """The current value is another, or newer, than before the batch."""
    _policy: Policy | None = None
    _policy_ends: datetime | None = NEVER

    def feed(self, source: str) -> Feed:
        """The source's feed, a new one if it has not been heard of."""
        found = self.feeds.get(source)
        if found is None:
            found = self.feeds[source] = Feed(source)
        return found

    def take(self, feed: Feed, reading: Reading) -> None:
        """`feed` is that of the reading's source."""
        before = feed.take(reading)
        if reading.observed_at > self.observed_at:
            self._move(reading)
            if reading.value is not None:
                self._judge(reading.observed_at, reading.value)
        elif before is not None and before.value != reading.value:
            self._correct(reading, before.value)

    def _move(self, reading: Reading) -> None:
        self.value = reading.value
        self.source = reading.source
        self.observed_at = reading.observed_at
        self.moved = True

    def _judge(self, observed_at: datetime, value: Decimal) -> None:
        if self._policy_ends is not None and observed_at >= self._policy_ends:
            self._policy = policy_at(self.policies, observed_at)
            self._policy_ends = next_change(self.policies, observed_at)
        policy = self._policy
        if policy is None or (self.state is NORMAL and policy.floor <= value <= policy.ceiling):
            return
        self.state, events = judge(policy, self.state, Observation(observed_at, value))
        self.judgements.extend(events)

    def _correct(self, reading: Reading, previous: Decimal | None) -> None:
        self.corrections.append(
            KPIValueCorrected(
                kpi_id=self.kpi_id,
                observed_at=reading.observed_at,
                source=reading.source,
                previous=previous,
                value=reading.value,
            )
        )
        if reading.observed_at == self.observed_at and reading.source == self.source:
            self._move(reading)
