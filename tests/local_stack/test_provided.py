"""What all other tests stand on: the shared servers answer, and say what they are."""

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from helmlog_local.testing import ProvidedPostgres, provide_kafka, provide_postgres


async def test_the_shared_servers_answer(postgres, kafka):
    connection = await asyncpg.connect(postgres.url)
    assert await connection.fetchval("select rolsuper from pg_roles where rolname = current_user")
    await connection.close()

    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    assert len((await admin.describe_cluster())["brokers"]) == 1
    await admin.close()
    assert kafka.kind


def test_what_the_environment_names_goes_before_all_else(monkeypatch):
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://me@there:1/db")
    monkeypatch.setenv("TEST_KAFKA_BOOTSTRAP", "there:2")

    with provide_postgres() as postgres, provide_kafka() as kafka:
        assert (postgres.url, postgres.server) == ("postgresql://me@there:1/db", None)
        assert (kafka.bootstrap, kafka.broker) == ("there:2", None)


def test_a_url_of_another_database_and_user_is_on_the_same_server():
    provided = ProvidedPostgres("postgresql://a:b@host:5/postgres", "PostgreSQL")

    assert provided.url_of("okr") == "postgresql://a:b@host:5/okr"
    assert provided.url_of("okr", "c", "d") == "postgresql://c:d@host:5/okr"


@pytest.mark.needs_apache_kafka
def test_a_test_that_needs_apache_kafka_runs_on_nothing_less(kafka):
    assert kafka.is_apache
