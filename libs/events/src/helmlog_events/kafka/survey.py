"""Finds out what the broker still has of what it acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from helmlog_events.kafka.cloudevents import seq_of
from helmlog_events.kafka.consumer import consuming
from helmlog_events.kafka.published import Acknowledged, Published

_PATIENCE: Final = 20.0


async def find_losses(
    bootstrap: str, topic: str, published: Published
) -> dict[int, Acknowledged | None]:
    """Per partition with a loss, the last record up to which it still has every entry.

    Entries are published in order, so the first appearances in a partition are in order, too: a
    partition that was cut short has everything up to its last record. One whose records are not
    ours, or not where they were, is taken as empty. Records removed by retention are no loss.

    Raises `TimeoutError` or `KafkaError` when the broker does not answer.
    """
    if not published.partitions:
        return {}
    async with asyncio.timeout(_PATIENCE), consuming(bootstrap) as consumer:
        partitions = {TopicPartition(topic, p): last for p, last in published.partitions.items()}
        begins = await consumer.beginning_offsets(list(partitions))
        ends = await consumer.end_offsets(list(partitions))
        for partition, end in published.ends.items():
            # What stands behind is what arrived too early.
            tp = TopicPartition(topic, partition)
            ends[tp] = min(ends[tp], end)
        looked_at = {
            tp: min(last.offset, ends[tp] - 1)
            for tp, last in partitions.items()
            if begins[tp] <= min(last.offset, ends[tp] - 1)
        }
        found = await _read(consumer, looked_at)
    left = {
        tp.partition: _left(last, begins[tp], ends[tp], found.get(tp))
        for tp, last in partitions.items()
    }
    return {
        partition: kept
        for partition, kept in left.items()
        if kept != published.partitions[partition]
    }


def _left(
    last: Acknowledged, begin: int, end: int, record: ConsumerRecord | None
) -> Acknowledged | None:
    """The last record up to which the partition is whole: `last` itself if nothing is lost."""
    if end > last.offset and begin > last.offset:
        return last  # removed by retention, after it had been there
    seq = None if record is None else seq_of(record)
    if record is None or seq is None:
        return None
    if end > last.offset:
        return last if seq == last.seq else None
    # A later entry than we know of was written after the loss, and says nothing about those before.
    return Acknowledged(record.offset, seq) if seq <= last.seq else None


async def _read(
    consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int]
) -> dict[TopicPartition, ConsumerRecord]:
    """The record at each of the offsets, all of which exist."""
    if not offsets:
        return {}
    consumer.assign(list(offsets))
    for tp, offset in offsets.items():
        consumer.seek(tp, offset)
    found: dict[TopicPartition, ConsumerRecord] = {}
    while len(found) < len(offsets):
        for tp, records in (await consumer.getmany(timeout_ms=200)).items():
            if records and tp not in found:
                found[tp] = records[0]
                consumer.pause(tp)
    return {tp: record for tp, record in found.items() if record.offset == offsets[tp]}
