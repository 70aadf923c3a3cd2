"""Consumers without a group: partitions are assigned, positions live in the database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer

from helmlog_events.kafka.bounds import bounded

_FETCH_WAIT_MS: Final = 250
"""How long the broker may hold an empty answer; a change of assignment waits behind it."""

_FETCH_BYTES: Final = 16 * 1024 * 1024
_PARTITION_FETCH_BYTES: Final = 1024 * 1024
"""What one answer of a broker may hold; a message that is larger by itself comes all the same.
aiokafka asks a broker for no more before that is consumed.
"""

_HASTY: Final = 0.05
_PAUSE: Final = 0.02
"""Seconds: an empty answer within the first is followed by a pause of the second."""

_log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def consuming(
    bootstrap: str, *, request_timeout: float = 10.0, patience: float = 10.0
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer for the length of a block, nothing assigned yet; times in seconds.

    It never moves a position by itself: a position out of range is an error. Raises
    `TimeoutError` or `KafkaError` when the broker does not answer within the patience.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        fetch_max_wait_ms=_FETCH_WAIT_MS,
        fetch_max_bytes=_FETCH_BYTES,
        max_partition_fetch_bytes=_PARTITION_FETCH_BYTES,
        request_timeout_ms=int(request_timeout * 1000),
    )
    try:
        await bounded(consumer.start(), patience)
        _pace(consumer)
        yield consumer
    finally:
        await _stop(consumer)


def _pace(consumer: AIOKafkaConsumer) -> None:
    """Keeps an idle consumer from asking without a pause.

    Apache Kafka holds an empty answer back for as long as it was asked to; the embedded broker
    answers at once, and workers that ask 4,000 times a second keep the cores busy with nothing.
    """
    fetcher = consumer._fetcher  # noqa: SLF001 - aiokafka has no setting for it
    fetch = fetcher._proc_fetch_request  # noqa: SLF001
    clock = asyncio.get_running_loop().time

    async def fetch_unhurried(*request: Any) -> Any:
        started = clock()
        arrived = await fetch(*request)
        if not arrived and clock() - started < _HASTY:
            await asyncio.sleep(_PAUSE)
        return arrived

    fetcher._proc_fetch_request = fetch_unhurried  # noqa: SLF001


def connections(consumer: AIOKafkaConsumer) -> frozenset[Any]:
    """The connections the consumer has now; a broker that came back is met over a new one."""
    return frozenset(consumer._client._conns.values())  # noqa: SLF001 - aiokafka tells no other way


async def _stop(consumer: AIOKafkaConsumer) -> None:
    try:
        await bounded(consumer.stop(), 5.0)
    except Exception as error:  # noqa: BLE001 - whatever it was, the consumer has to go
        _log.warning("consumer_discarded", error=repr(error))
    # Where stop() did not come to it, or a fetch opened one more connection meanwhile.
    with contextlib.suppress(Exception):
        await bounded(consumer._client.close(), 2.0)  # noqa: SLF001
