"""Which topic and partition an event goes to: known without asking the broker."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from aiokafka.partitioner import murmur2

PARTITIONS: Final = 12
"""Of every topic, for ever: adding some would move keys and break the order of their events."""


def topic_of(source: str) -> str:
    """The topic that carries the log of `source`: `helmlog.okr.events.v1`."""
    return f"helmlog.{source}.events.v1"


@lru_cache(maxsize=65_536)  # hashing is done in Python, and the same streams come again and again
def partition_of(stream: str, partitions: int = PARTITIONS) -> int:
    """Where Kafka's default partitioner puts the key: positive murmur2, modulo."""
    return int((murmur2(stream.encode()) & 0x7FFFFFFF) % partitions)
