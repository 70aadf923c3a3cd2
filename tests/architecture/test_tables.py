"""The tables that services read are declared as their migrations make them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import alignment_service.readmodel.tables as alignment
import audit_service.readmodel.tables as audit
import kpi_service.readmodel.tables as kpi
import okr_service.readmodel.tables as okr
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from helmlog_events.store.postgres.connections import create_engine
from helmlog_local.testing import ProvidedPostgres
from sqlalchemy import Column, Connection, MetaData, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.support.databases import fresh_database

SERVICES = Path(__file__).parents[2] / "services"
DECLARED = {
    "okr-service": okr.metadata,
    "kpi-service": kpi.metadata,
    "alignment-service": alignment.metadata,
    "audit-service": audit.metadata,
}


@asynccontextmanager
async def migrated(postgres: ProvidedPostgres, service: str) -> AsyncIterator[AsyncConnection]:
    async with fresh_database(postgres, SERVICES / service / "migrations") as database:
        engine = create_engine(database.owner)
        try:
            async with engine.connect() as connection:
                yield connection
        finally:
            await engine.dispose()


def differences(metadata: MetaData, connection: Connection) -> Sequence[Any]:
    """Columns with their types and whether they may be null, indexes, and what is unique."""

    def is_declared(_: Any, name: str | None, kind: str, *__: Any) -> bool:
        return kind != "table" or name in metadata.tables

    options = {"include_object": is_declared, "compare_type": True}
    return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


@pytest.mark.parametrize("service", DECLARED)
async def test_read_models_are_declared_as_they_are_migrated(postgres, service):
    async with migrated(postgres, service) as connection:
        assert await connection.run_sync(partial(differences, DECLARED[service])) == []


async def test_what_is_declared_of_tables_that_others_write_is_so(postgres):
    async with migrated(postgres, "kpi-service") as connection:
        found = await connection.run_sync(partial(differences, kpi.written_elsewhere))
    # What else they have is not read here.
    assert [one for one in found if one[0] not in ("remove_column", "remove_index")] == []


async def test_what_is_declared_otherwise_is_found(postgres):
    planted = MetaData()
    notes = okr.metadata.sorted_tables[0].to_metadata(planted)
    notes.append_column(Column("planted", Text))
    Table("planted_too", planted, Column("tenant", Text, primary_key=True))
    async with migrated(postgres, "okr-service") as connection:
        found = await connection.run_sync(partial(differences, planted))
    assert {one[0] for one in found} == {"add_column", "add_table"}
