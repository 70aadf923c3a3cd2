"""A database of the first revision, with breaches it announced, goes on after the migration."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from unittest.mock import patch

import asyncpg
import orjson
from alembic.operations import Operations
from helmlog_events.contracts.kpi import (
    KPIBreachRevised,
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
)
from helmlog_events.ids import new_id
from helmlog_events.migrate import run_migrations
from kpi_service.migrate import MIGRATIONS

from tests.kpi.domain.builders import START, STEP, rule
from tests.kpi.service import Service, raw
from tests.support.databases import APP, AUDITOR, fresh_database

WARNING = rule(severity="warning", value="6000", recover="6500")
CRITICAL = rule()
# As the first revision stored them; the first source at an instant was judged, a second was not.
STORED = [(0, 5900), (1, 4000), (2, 7000), (3, 4000), (4, 5500)]


def nothing(_: Operations) -> None:
    """The migrations are run by hand."""


def told(contract, identity, kpi_id, **fields):
    return contract(breach_id=identity, kpi_id=kpi_id, **fields)


async def test_what_was_announced_before_is_known_after(postgres):
    roles = {"HELMLOG_APP_ROLE": APP, "HELMLOG_AUDITOR_ROLE": AUDITOR}
    async with fresh_database(postgres, nothing) as database:
        with patch.dict(os.environ, roles):
            await asyncio.to_thread(run_migrations, MIGRATIONS, database.owner, "0001")
        async with Service.open(database.app) as service:
            kpi_id = await service.define("demand", WARNING, CRITICAL)
            over, still_open = new_id(), new_id()
            at = [START + place * STEP for place in range(6)]
            await service.append(
                f"kpi_breach-{kpi_id}",
                told(
                    KPIThresholdBreached,
                    over,
                    kpi_id,
                    severity="warning",
                    rule=WARNING,
                    value=5900,
                    opened_at=at[0],
                    observed_at=at[0],
                    readings=1,
                ),
                told(
                    KPIThresholdEscalated,
                    over,
                    kpi_id,
                    severity="critical",
                    previous="warning",
                    value=4000,
                    observed_at=at[1],
                ),
                told(
                    KPIThresholdRecovered,
                    over,
                    kpi_id,
                    severity="critical",
                    value=7000,
                    observed_at=at[2],
                    readings=2,
                ),
                told(
                    KPIThresholdBreached,
                    still_open,
                    kpi_id,
                    severity="critical",
                    rule=CRITICAL,
                    value=4000,
                    opened_at=at[3],
                    observed_at=at[3],
                    readings=1,
                ),
            )
            await _store(database.owner, service.tenant, kpi_id, still_open)
            with patch.dict(os.environ, roles):
                await asyncio.to_thread(run_migrations, MIGRATIONS, database.owner)

            await service.ingest([raw("demand", 5, 9000)])
            recovered = (await service.events(KPIThresholdRecovered))[-1]
            assert (recovered.breach_id, recovered.readings) == (still_open, 2)
            assert await service.events(KPIBreachRevised) == []

            await service.ingest([raw("demand", 1, 5800)])
            (revised,) = await service.events(KPIBreachRevised)
            assert revised.breach_id == over
            assert [one.severity for one in revised.before.severities] == ["warning", "critical"]
            assert [one.severity for one in revised.after.severities] == ["warning"]
            assert revised.after.recovered_at == revised.before.recovered_at == at[2]


async def _store(url, tenant, kpi_id, breach_id) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("SELECT ensure_readings_partition($1)", START.date())
    now = datetime.now(UTC)
    await connection.executemany(
        "INSERT INTO readings VALUES ($1, $2, 'default', $3, $4, 1, $5, $6)",
        [(tenant, kpi_id, START + place * STEP, value, new_id(), now) for place, value in STORED],
    )
    newest = START + 4 * STEP
    await connection.execute(
        "INSERT INTO reading_sources VALUES ($1, $2, 'default', $3)", tenant, kpi_id, newest
    )
    threshold = {
        "breach": {
            "id": str(breach_id),
            "severity": "critical",
            "opened_at": "2014-07-01T01:30:00+00:00",
            "readings": 2,
        },
        "state": "recovering",
        "policy": 1,
        "watches": [
            {"run": 1, "since": "2014-07-01T01:30:00+00:00", "firing": True},
            {"run": 0, "since": None, "firing": True},
        ],
    }
    await connection.execute(
        "INSERT INTO kpi_state (tenant, kpi_id, value, source, observed_at, threshold)"
        " VALUES ($1, $2, 5500, 'default', $3, $4)",
        tenant,
        kpi_id,
        newest,
        orjson.dumps(threshold).decode(),
    )
    await connection.close()
