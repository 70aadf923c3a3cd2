"""A spell of consuming: one database session, one consumer, until either of them is lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from helmlog_events.kafka.bounds import on_request_only
from helmlog_events.kafka.claims import claim_partition
from helmlog_events.kafka.consumer import connections
from helmlog_events.kafka.lanes import BatchHandler, Feed, Lane, Read
from helmlog_events.kafka.metrics import BUFFERED, BUFFERED_BYTES, EXPIRED, PAUSED, STARTED_OVER
from helmlog_events.kafka.progress import ProgressBoard
from helmlog_events.kafka.sessions import LockSession, lock_key
from helmlog_events.kafka.share import Membership

_POLL_MS: Final = 200
_WATCH_EVERY: Final = 1.0

_log = structlog.get_logger(__name__)


class ConsumerStalled(Exception):
    """The broker has more records, and the consumer does not bring them (aiokafka #1154)."""


class Shift:
    """Holds this worker's share of the partitions and feeds a lane for each."""

    def __init__(
        self,
        session: LockSession,
        consumer: AIOKafkaConsumer,
        partitions: Iterable[TopicPartition],
        consumer_name: str,
        handler: BatchHandler[Any],
        board: ProgressBoard,
        *,
        max_records: int,
        max_bytes: int,
        read: Read | None,
        check_every: float,
        stalled_after: float,
        verify_every: float,
    ) -> None:
        self._session = session
        self._consumer = consumer
        self._partitions = tuple(partitions)
        self._name = consumer_name
        self._handler = handler
        self._board = board
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._read = read
        self._check_every = check_every
        self._stalled_after = stalled_after
        self._verify_every = verify_every
        self._lanes: dict[TopicPartition, Lane] = {}

    async def run(self) -> None:
        """Works until it is cancelled or something is lost; raises what that was."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(on_request_only(self._hold_share()))
                group.create_task(on_request_only(self._fetch()))
                group.create_task(on_request_only(self._watch()))
        finally:
            lanes, self._lanes = self._lanes, {}
            await asyncio.gather(*(lane.stop() for lane in lanes.values()))
            self._show_buffers()

    async def _hold_share(self) -> None:
        membership = Membership(self._session, self._name)
        await membership.join()
        while True:
            share = await membership.share_of(len(self._partitions))
            ended = [tp for tp, lane in self._lanes.items() if lane.ended]
            beyond = max(0, len(self._lanes) - len(ended) - share)
            surplus = [tp for tp in self._lanes if tp not in ended][:beyond]
            if released := [*ended, *surplus]:
                await self._release(released)
            claimed = await self._claim(share - len(self._lanes))
            if released or claimed:
                self._assign()
            await asyncio.sleep(self._check_every)

    async def _claim(self, wanted: int) -> int:
        claimed = 0
        candidates = [tp for tp in self._partitions if tp not in self._lanes]
        random.shuffle(candidates)  # workers that look at the same time look elsewhere first
        for tp in candidates:
            if claimed >= wanted:
                break
            if not await self._session.try_lock(self._lock(tp)):
                continue
            claim, position = await claim_partition(
                self._session, self._name, tp.topic, tp.partition
            )
            self._lanes[tp] = Lane(
                claim,
                position,
                self._handler,
                max_records=self._max_records,
                max_bytes=self._max_bytes,
                read=self._read,
                on_room=self._on_room,
            )
            claimed += 1
        return claimed

    async def _release(self, released: Iterable[TopicPartition]) -> None:
        lanes = {tp: self._lanes.pop(tp) for tp in released}
        await asyncio.gather(*(lane.stop() for lane in lanes.values()))
        for tp in lanes:
            await self._session.unlock(self._lock(tp))

    def _lock(self, tp: TopicPartition) -> int:
        return lock_key("partition", self._name, tp.topic, tp.partition)

    def _assign(self) -> None:
        # Nothing is awaited in here: the fetcher must not see a partition without its position.
        if not self._lanes:
            self._consumer.unsubscribe()
            return
        self._consumer.assign(list(self._lanes))
        self._look_again()

    def _look_again(self) -> None:
        """Fetches each partition from the last record read on, to see whether it is still there."""
        for tp, lane in self._lanes.items():
            if tp in self._consumer.assignment():
                self._consumer.seek(tp, lane.rewind())
                if lane.full:
                    self._consumer.pause(tp)

    def _on_room(self, lane: Lane) -> None:
        if self._lanes.get(lane.partition) is lane and lane.partition in self._consumer.paused():
            self._consumer.resume(lane.partition)

    async def _fetch(self) -> None:
        seen = connections(self._consumer)
        while True:
            try:
                fetched = await self._consumer.getmany(timeout_ms=_POLL_MS)
            except OffsetOutOfRangeError as error:
                for tp in error.args[0]:
                    await self._find_footing(tp)
                continue
            if (now := connections(self._consumer)) != seen:
                # It may be another broker, or one with another past: nothing of it is taken
                # before the last record that was read has been recognised.
                seen = now
                self._look_again()
                continue
            for tp, records in fetched.items():
                lane = self._lanes.get(tp)
                if lane is None or not records:
                    continue
                if lane.feed(records) is Feed.FOREIGN:
                    await self._start_over(tp, lane)
                elif lane.full:
                    self._consumer.pause(tp)
                    PAUSED.labels(self._name, tp.topic).inc()

    async def _find_footing(self, tp: TopicPartition) -> None:
        lane = self._lanes.get(tp)
        if lane is None:
            return
        begin = (await self._consumer.beginning_offsets([tp]))[tp]
        if begin < lane.fetch_offset:
            await self._start_over(tp, lane)  # the topic ends before what was read of it
            return
        if missed := begin - lane.fetch_offset:
            EXPIRED.labels(self._name, tp.topic).inc(missed)
            _log.warning("messages_expired", topic=tp.topic, partition=tp.partition, count=missed)
        self._restart_at(tp, lane, begin)

    async def _start_over(self, tp: TopicPartition, lane: Lane) -> None:
        begin = (await self._consumer.beginning_offsets([tp]))[tp]
        STARTED_OVER.labels(self._name, tp.topic).inc()
        _log.warning(
            "partition_started_over",
            topic=tp.topic,
            partition=tp.partition,
            read_up_to=lane.fetch_offset,
            start=begin,
        )
        self._restart_at(tp, lane, begin)

    def _restart_at(self, tp: TopicPartition, lane: Lane, offset: int) -> None:
        if self._lanes.get(tp) is lane:
            lane.start_over(offset)
            self._consumer.seek(tp, offset)

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        moved_at: dict[TopicPartition, tuple[int, float]] = {}
        answered_at = verified_at = loop.time()
        while True:
            await asyncio.sleep(_WATCH_EVERY)
            now = loop.time()
            if now - verified_at > self._verify_every:
                verified_at = now
                self._look_again()
            try:
                behind = await self._measure()
                answered_at = loop.time()
            except (KafkaError, TimeoutError) as error:
                if loop.time() - answered_at > self._stalled_after:
                    raise ConsumerStalled("the broker does not answer") from error
                continue
            moved_at = {
                tp: moved_at[tp]
                if tp in moved_at and moved_at[tp][0] == position
                else (position, now)
                for tp, position in behind.items()
            }
            oldest = min((since for _, since in moved_at.values()), default=now)
            if now - oldest > self._stalled_after:
                raise ConsumerStalled(f"nothing arrives, and {len(moved_at)} partitions have more")
            if now - oldest < 2 * _WATCH_EVERY:
                self._board.succeeded()

    async def _measure(self) -> dict[TopicPartition, int]:
        """Shows the lag, and returns where the consumer stands in partitions that have more."""
        lanes = {
            tp: lane
            for tp, lane in self._lanes.items()
            if tp in self._consumer.assignment()
            and self._consumer.partitions_for_topic(tp.topic) is not None
        }
        async with asyncio.timeout(self._stalled_after / 2):
            ends = await self._consumer.end_offsets(list(lanes)) if lanes else {}
            behind = {}
            lags = {}
            for tp, lane in lanes.items():
                if self._lanes.get(tp) is not lane:
                    continue
                position = await self._consumer.position(tp)
                more = ends[tp] > position
                # Marks of transactions take offsets, too: read to the end and idle is no lag.
                lags[tp] = 0 if lane.idle and not more else max(0, ends[tp] - lane.next_offset)
                if more and not lane.full:
                    behind[tp] = position
        self._board.show(lags)
        self._show_buffers()
        return behind

    def _show_buffers(self) -> None:
        for topic in {tp.topic for tp in self._partitions}:
            held = [lane.buffered for tp, lane in self._lanes.items() if tp.topic == topic]
            BUFFERED.labels(self._name, topic).set(sum(messages for messages, _ in held))
            BUFFERED_BYTES.labels(self._name, topic).set(sum(size for _, size in held))
