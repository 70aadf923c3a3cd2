"""A producer that sends each batch once, and over no other connection than it was told to trust.

aiokafka reconnects and sends again by itself. After a broker lost its data that would put an entry
into the topic before those it follows, so the relay looks first and has to know when to look.
"""

from __future__ import annotations

from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.client import ConnectionGroup
from aiokafka.errors import KafkaConnectionError, LeaderNotAvailableError
from aiokafka.producer.sender import Sender, SendProduceReqHandler

from helmlog_events.kafka.bounds import bounded


class PinnedProducer(AIOKafkaProducer):  # type: ignore[misc]  # aiokafka has no types
    """Any failure of a batch is final: discard the producer then, look, and go on with another."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._sender = _PinnedSender(
            self.client,
            acks=-1,
            txn_manager=self._txn_manager,
            message_accumulator=self._message_accumulator,
            retry_backoff_ms=100,
            request_timeout_ms=self._request_timeout_ms,
        )

    async def pin(self, topic: str, *, patience: float) -> int:
        """Connects to the leaders of the topic, and returns how many partitions it has.

        What is found in the topic after this holds for as long as the connections do. Raises
        `KafkaError` or `TimeoutError`.
        """
        partitions = await bounded(self.partitions_for(topic), patience)
        for partition in partitions:
            leader = self.client.cluster.leader_for_partition(TopicPartition(topic, partition))
            if leader in {None, -1} or not await bounded(self.client.ready(leader), patience):
                raise LeaderNotAvailableError(f"{topic}/{partition}")
            self._sender.pinned[leader] = _connection(self.client, leader)
        return len(partitions)


class _PinnedSender(Sender):  # type: ignore[misc]  # aiokafka has no types
    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.pinned: dict[int, Any] = {}

    async def _send_produce_req(self, node_id: int, batches: dict[TopicPartition, Any]) -> None:
        await _OneTry(self, batches).do(node_id)
        self._in_flight.remove(node_id)
        for tp in batches:
            self._muted_partitions.remove(tp)


class _OneTry(SendProduceReqHandler):  # type: ignore[misc]  # aiokafka has no types
    async def do(self, node_id: int) -> None:
        connection = _connection(self._client, node_id)
        trusted = self._sender.pinned.get(node_id)
        if connection is None or connection is not trusted or not connection.connected():
            for batch in self._batches.values():
                batch.failure(KafkaConnectionError(f"the connection to node {node_id} is new"))
            return
        # From here to the socket nothing gives way to another task, so it is this connection.
        await super().do(node_id)

    def _can_retry(self, error: Exception, batch: Any) -> bool:  # noqa: ARG002 - as inherited
        return False


def _connection(client: Any, node_id: int) -> Any:
    return client._conns.get((node_id, ConnectionGroup.DEFAULT))  # noqa: SLF001 - told no other way
