from __future__ import annotations

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from helmlog_events.kafka.bounds import bounded


async def grow_topic(bootstrap: str, topic: str, partitions: int, *, patience: float) -> None:
    """Gives a topic more partitions: only ever right for one whose writers did not use fewer.

    Raises `TimeoutError` or `KafkaError`.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await bounded(admin.start(), patience)
        await bounded(admin.create_partitions({topic: NewPartitions(partitions)}), patience)
    finally:
        await bounded(admin.close(), patience)
