"""A database of the service as its migrations make it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from unittest.mock import patch

from helmlog_events.migrate import run_migrations
from helmlog_local.testing import ProvidedPostgres
from kpi_service.migrate import MIGRATIONS

from tests.support.databases import APP, AUDITOR, Database, fresh_database


@asynccontextmanager
async def migrated_database(postgres: ProvidedPostgres) -> AsyncIterator[Database]:
    roles = {"HELMLOG_APP_ROLE": APP, "HELMLOG_AUDITOR_ROLE": AUDITOR}
    async with fresh_database(postgres, install=None) as database:
        with patch.dict(os.environ, roles):
            await asyncio.to_thread(run_migrations, MIGRATIONS, database.owner)
        yield database
