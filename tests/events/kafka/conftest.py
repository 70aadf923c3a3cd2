from collections.abc import AsyncIterator, Iterator

import pytest
from helmlog_local.broker import Broker
from helmlog_local.brokers import create_broker, parse_choice
from helmlog_local.paths import cache_folder
from helmlog_local.testing import ProvidedKafka

from tests.events.kafka.support import create_topic, delete_topic, new_topic_name


@pytest.fixture
async def topic(kafka: ProvidedKafka) -> AsyncIterator[str]:
    name = new_topic_name()
    await create_topic(kafka.bootstrap, name)
    yield name
    await delete_topic(kafka.bootstrap, name)


@pytest.fixture
def own_broker(tmp_path, monkeypatch) -> Iterator[Broker]:
    """A broker that a test may kill and empty."""
    import os

    broker, _ = create_broker(
        parse_choice(os.environ.get("HELMLOG_KAFKA", "auto")), tmp_path, cache_folder()
    )
    broker.start()
    yield broker
    broker.remove()
