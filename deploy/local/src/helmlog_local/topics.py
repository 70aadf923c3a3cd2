"""The topics of the local stack."""

from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

PARTITIONS = 12  # for ever: adding partitions later moves keys and breaks their order
TOPICS = (
    "helmlog.okr.events.v1",
    "helmlog.kpi.events.v1",
    "helmlog.alignment.events.v1",
    "helmlog.audit.events.v1",
    "helmlog.kpi.readings.v1",
)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a topic keeps its messages; the event logs keep them for ever."""

    milliseconds: int
    bytes_per_partition: int  # -1: any number

    def as_settings(self) -> dict[str, str]:
        return {
            "retention.ms": str(self.milliseconds),
            "retention.bytes": str(self.bytes_per_partition),
        }


WEEK = Retention(milliseconds=7 * 24 * 3_600_000, bytes_per_partition=-1)
# For a broker that keeps its messages in memory: 12 partitions of it make 384 MiB a topic.
SMALL = Retention(milliseconds=6 * 3_600_000, bytes_per_partition=32 * 1024 * 1024)


async def create_topics(bootstrap: str, retention: Retention = WEEK) -> None:
    """Create each topic, and its dead-letter topic, that is not there yet."""
    settings = retention.as_settings()
    wanted = [
        NewTopic(name, partitions, 1, topic_configs=settings)
        for topic in TOPICS
        for name, partitions in ((topic, PARTITIONS), (f"{topic}.dlq", 1))
    ]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        there = set(await admin.list_topics())
        missing = [topic for topic in wanted if topic.name not in there]
        if missing:
            answer = await admin.create_topics(missing)
            for name, code, *_ in answer.topic_errors:
                error = for_code(code)
                if code != 0 and error is not TopicAlreadyExistsError:
                    raise error(f"creating the topic {name} failed")
    finally:
        await admin.close()
