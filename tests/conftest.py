"""The servers that tests share: started when the first test asks, ended with the session.

Over several processes (`pytest -n 2`) each has servers of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from helmlog_local.testing import ProvidedKafka, ProvidedPostgres, provide_kafka, provide_postgres

from tests.support.spreading import SpreadByModule, give_each_its_name, long_ones_first

# Brokers of tests live for seconds: what is compiled with the costly compiler is never paid back.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")

_said: dict[str, None] = {}
"""Lines for the summary, each once."""


@pytest.fixture(scope="session")
def say() -> Callable[[str], None]:
    """Adds a line to what is said below all tests, whether they pass or fail."""
    return _said.setdefault


@pytest.fixture(scope="session")
def postgres(say: Callable[[str], None]) -> Iterator[ProvidedPostgres]:
    with provide_postgres() as provided:
        say(f"PostgreSQL: these tests ran on {provided.kind}")
        yield provided


@pytest.fixture(scope="session")
def kafka(say: Callable[[str], None]) -> Iterator[ProvidedKafka]:
    with provide_kafka() as provided:
        say(f"Kafka: these tests ran on {provided.kind}")
        yield provided


@pytest.fixture(autouse=True)
def _broker_is_fit_for_the_test(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("needs_apache_kafka") is None:
        return
    provided: ProvidedKafka = request.getfixturevalue("kafka")
    if not provided.is_apache:
        pytest.skip("needs Apache Kafka")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    give_each_its_name(items)
    if hasattr(config, "workerinput"):
        long_ones_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SpreadByModule:
    config.option.loadscopereorder = False
    return SpreadByModule(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["said"] = list(_said)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    # One that died has nothing to say any more.
    _said.update(dict.fromkeys(getattr(node, "workeroutput", {}).get("said", ())))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in _said:
        terminalreporter.write_line(line)
