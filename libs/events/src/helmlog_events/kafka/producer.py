"""Producers that lose nothing by themselves and can always be got rid of."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from itertools import chain
from typing import Any, Final, TypeVar

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerClosed

from helmlog_events.kafka.bounds import bounded
from helmlog_events.kafka.pinned import PinnedProducer

P = TypeVar("P", bound=AIOKafkaProducer)

MAX_BATCH_BYTES: Final = 768 * 1024
"""Of one partition; a broker takes up to 1 MiB unless told otherwise."""

_log = structlog.get_logger(__name__)


async def create_producer(
    bootstrap: str, *, linger_ms: int = 0, request_timeout: float = 10.0, patience: float = 10.0
) -> AIOKafkaProducer:
    """A started idempotent producer that waits for all replicas; times in seconds.

    Its sends never time out by themselves (an idempotent batch is retried for ever): bound every
    wait for them, and end it with `stop_producer`. Raises `TimeoutError` or `KafkaError` when the
    broker does not answer within the patience.
    """
    settings = _settings(bootstrap, request_timeout)
    return await _start(AIOKafkaProducer(**settings, linger_ms=linger_ms), patience)


async def create_pinned_producer(
    bootstrap: str, *, request_timeout: float = 10.0, patience: float = 10.0
) -> PinnedProducer:
    """The same for the relay: a batch that fails is not sent again."""
    return await _start(PinnedProducer(**_settings(bootstrap, request_timeout)), patience)


def _settings(bootstrap: str, request_timeout: float) -> dict[str, Any]:
    return {
        "bootstrap_servers": bootstrap,
        "acks": "all",
        "enable_idempotence": True,
        "max_batch_size": MAX_BATCH_BYTES,
        "request_timeout_ms": int(request_timeout * 1000),
    }


async def _start(producer: P, patience: float) -> P:
    try:
        await bounded(producer.start(), patience)
    except BaseException:
        await discard_producer(producer)
        raise
    return producer


async def stop_producer(producer: AIOKafkaProducer, *, patience: float = 5.0) -> None:
    """Sends what is still waiting, for at most `patience` seconds; drops the rest."""
    try:
        await bounded(producer.stop(), patience)
    except Exception as error:  # noqa: BLE001 - whatever it was, the producer has to go
        _log.warning("producer_discarded", error=repr(error))
        await discard_producer(producer)


async def discard_producer(producer: AIOKafkaProducer) -> None:
    """Ends a producer without sending what waits in it."""
    # aiokafka has no public way to do this: stop() waits for every batch, for ever if the broker
    # stays away (aiokafka #1101), and cancelling it leaves the sender at work.
    producer._closed = True  # noqa: SLF001
    sender = producer._sender.sender_task  # noqa: SLF001
    if sender is not None:
        sender.cancel()
    waiting = producer._message_accumulator  # noqa: SLF001
    batches = [*chain.from_iterable(waiting._batches.values()), *waiting._pending_batches]  # noqa: SLF001
    waiting.fail_all(ProducerClosed())
    for batch in batches:
        for future in (batch.future, batch._drain_waiter):  # noqa: SLF001
            future.exception()  # whoever waited for it knows; nobody else has to hear of it
    # Twice: the first ends what the sender waits for, the second what it opened meanwhile.
    for _ in range(2):
        with contextlib.suppress(Exception):
            await bounded(producer.client.close(), 2.0)
        if sender is not None:
            await asyncio.wait([sender], timeout=2.0)


@contextlib.asynccontextmanager
async def producing(bootstrap: str, *, linger_ms: int = 0) -> AsyncIterator[AIOKafkaProducer]:
    """A producer for the length of a block."""
    producer = await create_producer(bootstrap, linger_ms=linger_ms)
    try:
        yield producer
    finally:
        await stop_producer(producer)
