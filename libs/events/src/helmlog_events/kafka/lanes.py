"""One partition's way from the broker to the handler: in order, one batch at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import structlog
from aiokafka import ConsumerRecord, TopicPartition

from helmlog_events.kafka.claims import Claim, Fenced, Position, identity_of
from helmlog_events.kafka.metrics import CONSUMED

_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 2.0

_log = structlog.get_logger(__name__)


B_contra = TypeVar("B_contra", contravariant=True)

Messages = Sequence[ConsumerRecord]
Read = Callable[[Messages], Awaitable[Any]]
"""What can be done with a batch before its turn, while another one is at the database.

It has no effect, gives what the handler is then handed in place of the messages, and lets others
go on from time to time.
"""


class BatchHandler(Protocol[B_contra]):
    async def handle(self, claim: Claim, batch: B_contra, /) -> None:
        """Takes the messages in and moves `claim` past them, in one database transaction.

        Raises `Fenced` when the claim has passed on. After any other error the same batch comes
        again; a message that can't be handled is the handler's to put aside.
        """


class Feed(Enum):
    """What became of records that were handed to a lane."""

    TAKEN = auto()
    FOREIGN = auto()
    """They don't follow what was read before: the topic is no longer the one we read."""


@dataclass(slots=True)
class _Anchor:
    """The last record that was read: where it stood, and what it was (None: nothing known)."""

    offset: int
    message: ConsumerRecord | None
    known_as: object

    def recognises(self, record: ConsumerRecord) -> bool:
        expected = self.known_as if self.message is None else identity_of(self.message)
        return bool(identity_of(record) == expected)


class _Coming(NamedTuple):
    """A batch, and what is read of it."""

    messages: Messages
    read: asyncio.Future[Any]


class Lane:
    """Buffers what is fetched of a partition, and hands it on in batches.

    A batch ends at `max_records`, or with the record that makes it `max_bytes`. Whoever feeds the
    lane stops while it is `full`, and is told by `on_room` when to go on.
    """

    def __init__(
        self,
        claim: Claim,
        position: Position,
        handler: BatchHandler[Any],
        *,
        max_records: int,
        max_bytes: int,
        on_room: Callable[[Lane], None],
        read: Read | None = None,
    ) -> None:
        self.claim = claim
        self.partition = TopicPartition(claim.topic, claim.partition)
        self.next_offset = position.next_offset  # of what is to be handled
        self._handler = handler
        self._read = _as_they_are if read is None else read
        self._coming: _Coming | None = None
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._on_room = on_room
        self._at_work = False
        self._fetch_offset = position.next_offset
        self._anchor = (
            None
            if position.last_event is None
            else _Anchor(position.next_offset - 1, None, position.last_event)
        )
        self._verified = False
        self._buffer: deque[ConsumerRecord] = deque()
        self._buffered_bytes = 0
        self._changed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"lane {claim.topic}/{claim.partition}")

    @property
    def full(self) -> bool:
        """Two batches wait: what comes beyond stays with the broker."""
        return self._holds(2 if self._coming is None else 1)

    @property
    def buffered(self) -> tuple[int, int]:
        """Messages and their bytes that wait for the handler."""
        coming = () if self._coming is None else self._coming.messages
        return len(self._buffer) + len(coming), self._buffered_bytes + sum(map(_size, coming))

    @property
    def ended(self) -> bool:
        """Fenced, or ended by something unforeseen: it has to be claimed anew."""
        return self._task.done()

    @property
    def idle(self) -> bool:
        return not self._buffer and not self._at_work and self._coming is None

    @property
    def fetch_offset(self) -> int:
        """The offset of the next record to be handed to `feed`."""
        return self._fetch_offset

    def rewind(self) -> int:
        """Where to fetch from after a reconnection: at the last record read, to see it again."""
        self._verified = self._anchor is None
        return self._fetch_offset if self._anchor is None else self._anchor.offset

    def start_over(self, offset: int) -> None:
        """Forgets what was read; duplicates have no effect further on."""
        self._anchor, self._verified, self._fetch_offset = None, True, offset

    def feed(self, records: Sequence[ConsumerRecord]) -> Feed:
        if not self._verified and self._anchor is not None:
            first = records[0]
            # Beyond the anchor, retention has removed it, and there is nothing to compare with.
            if first.offset == self._anchor.offset:
                if not self._anchor.recognises(first):
                    return Feed.FOREIGN
                records = records[1:]
        self._verified = True
        if records:
            self._buffer.extend(records)
            self._buffered_bytes += sum(map(_size, records))
            self._fetch_offset = records[-1].offset + 1
            self._anchor = _Anchor(records[-1].offset, records[-1], None)
            self._changed.set()
        return Feed.TAKEN

    async def stop(self, *, patience: float = 10.0) -> None:
        """Lets the batch under way end, and takes no other."""
        self._stopping.set()
        self._changed.set()
        await asyncio.wait([self._task], timeout=patience)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                coming, self._coming = self._coming or self._next(), None
                if coming is None:
                    self._changed.clear()
                    await self._changed.wait()
                    continue
                self._at_work = True
                self._tell_of_room()
                await self._work(coming)
                self._at_work = False
        except Fenced as reason:
            _log.info("lane_fenced", reason=str(reason))
        finally:
            self._at_work = False
            if self._coming is not None:
                self._coming.read.cancel()

    async def _work(self, coming: _Coming) -> None:
        """Handles a batch; the next one is read meanwhile, if it is there as a whole.

        A part of it would be the smaller the sooner it is taken.
        """
        handling = asyncio.create_task(self._handle(coming))
        try:
            while not handling.done():
                if self._coming is None and self._holds(1):
                    self._coming = self._next()
                self._changed.clear()
                changed = asyncio.create_task(self._changed.wait())
                await asyncio.wait([handling, changed], return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                if self._stopping.is_set() or self._coming is not None:
                    await asyncio.wait([handling])
            handling.result()
        finally:
            handling.cancel()
            await asyncio.gather(handling, return_exceptions=True)

    def _holds(self, batches: int) -> bool:
        return (
            len(self._buffer) >= batches * self._max_records
            or self._buffered_bytes >= batches * self._max_bytes
        )

    def _next(self) -> _Coming | None:
        if not self._buffer:
            return None
        messages = self._next_batch()
        return _Coming(messages, asyncio.ensure_future(self._read(messages)))

    def _next_batch(self) -> list[ConsumerRecord]:
        batch: list[ConsumerRecord] = []
        size = 0
        while self._buffer and len(batch) < self._max_records and size < self._max_bytes:
            record = self._buffer.popleft()
            batch.append(record)
            size += _size(record)
        self._buffered_bytes -= size
        self._tell_of_room()
        return batch

    def _tell_of_room(self) -> None:
        if not self.full:
            self._on_room(self)

    async def _handle(self, coming: _Coming) -> None:
        pause = _FIRST_PAUSE
        messages = coming.messages
        while not self._stopping.is_set():
            try:
                await self._handler.handle(self.claim, await coming.read)
            except Fenced:
                raise
            except Exception as error:  # noqa: BLE001 - nothing may be skipped, so it comes again
                _log.warning(
                    "batch_retried",
                    topic=self.claim.topic,
                    partition=self.claim.partition,
                    error=repr(error),
                    pause=pause,
                )
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._stopping.wait()
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self.next_offset = messages[-1].offset + 1
                CONSUMED.labels(self.claim.consumer, self.claim.topic).inc(len(messages))
                return


async def _as_they_are(messages: Messages) -> Messages:
    return messages


def _size(record: ConsumerRecord) -> int:
    value, key = record.value, record.key
    return (0 if value is None else len(value)) + (0 if key is None else len(key))
