from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition

from helmlog_events.kafka.metrics import CONSUMER_LAG, CONSUMER_PARTITIONS


@dataclass(frozen=True, slots=True)
class Progress:
    """For readiness, of the partitions held here."""

    lag: Mapping[str, int]
    """Messages not yet handled, per topic."""
    partitions: Mapping[str, int]
    seconds_since_success: float
    """Since the broker last answered while everything it had was being taken in."""


class ProgressBoard:
    """What one consumer shows of itself, also as metrics."""

    def __init__(self, consumer: str, topics: Sequence[str]) -> None:
        self._consumer = consumer
        self._topics = topics
        self._lag: Counter[str] = Counter()
        self._held: Counter[str] = Counter()
        self._succeeded_at = asyncio.get_running_loop().time()

    def succeeded(self) -> None:
        self._succeeded_at = asyncio.get_running_loop().time()

    def show(self, lags: Mapping[TopicPartition, int]) -> None:
        self._held = Counter(tp.topic for tp in lags)
        self._lag = Counter()
        for tp, lag in lags.items():
            self._lag[tp.topic] += lag
        for topic in self._topics:
            CONSUMER_LAG.labels(self._consumer, topic).set(self._lag[topic])
            CONSUMER_PARTITIONS.labels(self._consumer, topic).set(self._held[topic])

    def read(self) -> Progress:
        since = asyncio.get_running_loop().time() - self._succeeded_at
        return Progress(
            lag={topic: self._lag[topic] for topic in self._topics},
            partitions={topic: self._held[topic] for topic in self._topics},
            seconds_since_success=since,
        )
