"""The servers that tests share: started when the first test asks, ended with the session."""

from collections.abc import Iterator

import pytest
from helmlog_local.testing import ProvidedKafka, ProvidedPostgres, provide_kafka, provide_postgres

_used: dict[str, str] = {}


@pytest.fixture(scope="session")
def postgres() -> Iterator[ProvidedPostgres]:
    with provide_postgres() as provided:
        _used["PostgreSQL"] = provided.kind
        yield provided


@pytest.fixture(scope="session")
def kafka() -> Iterator[ProvidedKafka]:
    with provide_kafka() as provided:
        _used["Kafka"] = provided.kind
        yield provided


@pytest.fixture(autouse=True)
def _broker_is_fit_for_the_test(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("needs_apache_kafka") is None:
        return
    provided: ProvidedKafka = request.getfixturevalue("kafka")
    if not provided.is_apache:
        pytest.skip("needs Apache Kafka")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for what, kind in _used.items():
        terminalreporter.write_line(f"{what}: these tests ran on {kind}")
