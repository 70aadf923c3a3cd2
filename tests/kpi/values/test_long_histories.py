"""What a short span comes to costs no more after a long history."""

import random
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from helmlog_events.ids import new_id
from helmlog_events.store.postgres.connections import create_engine, driver
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Calendar
from kpi_service.readmodel.period_values import read_values
from sqlalchemy import text

from tests.kpi.domain.builders import DEFINED, START

UTC = Calendar(ZoneInfo("UTC"))
READINGS = 20_000
STEP = timedelta(minutes=3)
_FETCHED = """
SELECT sum(idx_tup_fetch + seq_tup_read)::bigint FROM pg_stat_xact_user_tables
WHERE relname LIKE 'readings_2%'
"""


async def test_a_counters_rise_is_read_without_what_came_long_before(service, database):
    end = START + READINGS * STEP
    await service.partitions.ensure([START, START + timedelta(days=31), end])
    kpi_id = new_id()
    kpi = KPI(DEFINED.model_copy(update={"kpi_id": kpi_id, "measure": "counter"}))
    rows = [
        (service.tenant, kpi_id, source, START + n * STEP, Decimal(n), 1, kpi_id, START, None)
        for n in range(READINGS)
        for source in ("a", "b")
    ]
    # As they come from many, the readings of a KPI lie scattered over the table.
    random.Random(1).shuffle(rows)
    async with service.engine.begin() as sql:
        connection = await driver(sql)
        columns = "tenant kpi_id source observed_at value revision batch_id received_at external_id"
        await connection.copy_records_to_table("readings", records=rows, columns=columns.split())
    owner = create_engine(database.owner)
    async with owner.begin() as sql:
        await sql.execute(text("ANALYZE readings"))
    await owner.dispose()
    async with service.engine.begin() as sql:
        connection = await driver(sql)
        hours = UTC.spans("hour", end - timedelta(hours=1), end)
        found = await read_values(connection, service.tenant, kpi, hours)
        fetched = await connection.fetchval(_FETCHED)
    assert found[-1].value == 2 * timedelta(hours=1) / STEP
    assert fetched < READINGS / 10
