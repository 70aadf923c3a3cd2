"""Puts pages of the log into the topic, so that no failure can turn the order of a stream."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from helmlog_events.envelope import RecordedEvent
from helmlog_events.kafka.cloudevents import encode
from helmlog_events.kafka.partitions import partition_of
from helmlog_events.kafka.pinned import PinnedProducer
from helmlog_events.kafka.published import Acknowledged, Published


class TopicCutShort(Exception):
    """A record arrived at an offset that had been given before: the broker lost what was there."""


class OffsetUnknown(Exception):
    """The broker has a batch but no longer knows where: it was sent twice."""


@dataclass(slots=True)
class _Batch:
    builder: Any
    last_seq: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Entries ready to be sent; `rounds` hold at most one batch a partition each."""

    last_seq: int
    count: int
    repeated: int
    """Of the count: entries the topic had had before."""
    rounds: list[dict[int, _Batch]]


class Publisher:
    """Writes to one topic with one producer, until the first thing that goes wrong.

    A batch is handed to the producer only when every earlier one of its partition has been
    acknowledged, and the producer sends it once, to the broker that has those. So nothing that is
    still under way, be it in this process, in one that lost its lead, or on the wire, can arrive
    before an entry it follows; the worst are duplicates.
    """

    def __init__(
        self,
        producer: PinnedProducer,
        source: str,
        topic: str,
        published: Published,
        *,
        patience: float,
    ) -> None:
        self._producer = producer
        self._source = source
        self._topic = topic
        self._published = published
        self._patience = patience

    def prepare(self, entries: list[RecordedEvent]) -> Page:
        """Encodes those of the entries, in order and at least one, that the topic does not have."""
        queues: dict[int, list[_Batch]] = defaultdict(list)
        count = repeated = 0
        for entry in entries:
            partition = partition_of(entry.stream)
            if self._published.has(partition, entry.seq):
                continue
            count += 1
            repeated += entry.seq <= self._published.seq
            key, value, headers = encode(self._source, entry)
            timestamp = int(entry.recorded_at.timestamp() * 1000)
            queue = queues[partition]
            if not queue or not _append(queue[-1], entry.seq, timestamp, key, value, headers):
                batch = _Batch(self._producer.create_batch())
                _append(batch, entry.seq, timestamp, key, value, headers)  # the first always fits
                queue.append(batch)
        return Page(entries[-1].seq, count, repeated, _rounds(queues))

    async def send(self, page: Page) -> None:
        """Returns when all of the page is acknowledged.

        Raises `TopicCutShort`, `OffsetUnknown`, `TimeoutError` or `KafkaError`; the producer must
        then be discarded, for what it still holds may be on its way.
        """
        for batches in page.rounds:
            async with asyncio.timeout(self._patience):
                sent = {
                    partition: await self._producer.send_batch(
                        batch.builder, self._topic, partition=partition
                    )
                    for partition, batch in batches.items()
                }
                acknowledged = await asyncio.gather(*sent.values(), return_exceptions=True)
            failures: list[BaseException] = []
            for (partition, batch), answer in zip(batches.items(), acknowledged, strict=True):
                if isinstance(answer, BaseException):
                    failures.append(answer)
                elif answer.offset < 0:
                    failures.append(OffsetUnknown(f"{self._topic}/{partition}"))
                else:
                    self._record(partition, batch, answer.offset)
            if failures:
                raise failures[0]
            if self._published.ends:
                raise TopicCutShort(f"partitions {sorted(self._published.ends)} of {self._topic}")
        self._published.complete(page.last_seq)

    def _record(self, partition: int, batch: _Batch, base_offset: int) -> None:
        before = self._published.partitions.get(partition)
        if before is not None and base_offset <= before.offset:
            self._published.ends[partition] = base_offset
            return
        last_offset = base_offset + batch.builder.record_count() - 1
        self._published.partitions[partition] = Acknowledged(last_offset, batch.last_seq)


def _append(
    batch: _Batch,
    seq: int,
    timestamp: int,
    key: bytes,
    value: bytes,
    headers: list[tuple[str, bytes]],
) -> bool:
    added = batch.builder.append(timestamp=timestamp, key=key, value=value, headers=headers)
    if added is None:
        return False
    batch.last_seq = seq
    return True


def _rounds(queues: dict[int, list[_Batch]]) -> list[dict[int, _Batch]]:
    columns: Iterable[tuple[_Batch | None, ...]] = zip_longest(*queues.values())
    return [
        {
            partition: batch
            for partition, batch in zip(queues, column, strict=True)
            if batch is not None
        }
        for column in columns
    ]
