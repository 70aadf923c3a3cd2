"""Thresholds on the values of periods, as they are judged with each batch and by the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from helmlog_events.contracts.kpi import (
    KPIBreachRevised,
    KPIThresholdBreached,
    KPIThresholdRecovered,
)
from helmlog_events.contracts.reservations import NameReserved
from helmlog_events.ids import new_id, stream_id
from helmlog_events.testing.probes import eventually
from kpi_service.application import period_rows, stored_periods

from tests.kpi.domain.builders import DEFINED, START, policy_set, rule
from tests.kpi.service import Service, raw
from tests.kpi.test_silences import timers
from tests.support.databases import Database

DAY = timedelta(days=1)
A_DAY = 48
"""In steps of half an hour."""


async def define(service: Service, *rules: Any, policy: Any = None, **fields: Any) -> UUID:
    kpi_id = new_id()
    defined = DEFINED.model_copy(update={"kpi_id": kpi_id, "slug": "demand", **fields})
    by_day = policy_set(*rules, **{"period": "day", **(policy or {})})
    await service.append(stream_id("kpi_slug", "demand"), NameReserved(holder=kpi_id))
    stated = by_day.model_copy(update={"kpi_id": kpi_id})
    await service.append(stream_id("kpi", kpi_id), defined, stated)
    return kpi_id


async def said(service: Service) -> list[Any]:
    return await service.events(KPIThresholdBreached, KPIThresholdRecovered, KPIBreachRevised)


async def test_three_bad_days_in_a_row_are_a_breach_at_the_end_of_the_third(service):
    await define(service, rule(for_readings=3))
    await service.ingest([raw("demand", day * A_DAY + 3, 4000) for day in range(3)])
    assert await said(service) == []  # the third still runs
    await service.ingest([raw("demand", 3 * A_DAY, 9000)])
    (breached,) = await said(service)
    assert (breached.opened_at, breached.observed_at) == (START + DAY, START + 3 * DAY)
    assert (breached.readings, breached.value) == (3, 4000)
    await service.ingest([raw("demand", 9 * A_DAY, 1)])  # days without readings are none
    _, recovered = await said(service)
    assert (recovered.observed_at, recovered.readings) == (START + 4 * DAY, 3)


async def test_a_late_reading_judges_its_day_again(service):
    await define(service, rule(), aggregation="sum")
    await service.ingest([raw("demand", 0, 4000), raw("demand", A_DAY, 9000)])
    await service.ingest([raw("demand", 2 * A_DAY, 9000)])
    breached, recovered = await said(service)
    assert breached.observed_at == START + DAY
    await service.ingest([raw("demand", 5, 2000)])
    (revised,) = await service.events(KPIBreachRevised)
    assert (revised.breach_id, revised.after) == (breached.breach_id, None)
    assert revised.before.recovered_at == recovered.observed_at


async def test_a_late_total_of_a_counter_judges_the_day_after_it_too(service):
    rising = rule(when="above", value="500", recover="500")
    await define(service, rising, measure="counter", aggregation="sum")
    totals = [(0, 100), (A_DAY, 700), (3 * A_DAY, 800), (4 * A_DAY, 900)]
    await service.ingest([raw("demand", place, total) for place, total in totals])
    breached, _ = await said(service)
    assert (breached.observed_at, breached.value) == (START + 2 * DAY, 600)
    await service.ingest([raw("demand", A_DAY - 1, 650)])
    # What rose on the second day rose on the first.
    (revised,) = await service.events(KPIBreachRevised)
    opened, over = (await service.events(KPIThresholdBreached, KPIThresholdRecovered))[2:]
    assert (revised.breach_id, revised.after) == (breached.breach_id, None)
    assert (opened.observed_at, opened.value) == (START + DAY, 550)
    assert over.observed_at == START + 2 * DAY


async def test_years_of_a_batch_cost_one_query_of_values(service, monkeypatch):
    await define(service, rule())
    asked = []

    async def counted(*arguments, **options):
        asked.append(len(arguments[3]))
        return await read_values(*arguments, **options)

    read_values = stored_periods.read_values
    monkeypatch.setattr(stored_periods, "read_values", counted)
    await service.ingest([raw("demand", day * A_DAY // 2, day % 2) for day in range(1_600)])
    assert asked == [799]


async def test_fiscal_months_are_judged_once_their_calendar_is_known(service):
    policy = {"period": "fiscal_month"}
    await define(service, rule(), policy=policy, fiscal_calendar="retail")
    months = [(0, 4000), (40 * A_DAY, 9000)]
    await service.ingest([raw("demand", place, value) for place, value in months])
    assert await said(service) == []
    async with service.engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO fiscal_calendars (tenant, slug, version, name, pattern, first_month,"
            " named_by, recorded_at) VALUES ($1, 'retail', 1, 'Retail', 'months', 4,"
            " 'start', now())",
            (service.tenant,),
        )
    await service.ingest([raw("demand", 41 * A_DAY, 9000)])
    (breached,) = await said(service)
    assert breached.observed_at == START + 31 * DAY
    async with service.engine.begin() as connection:  # no log tells of it, as others may check
        await connection.exec_driver_sql(
            "DELETE FROM fiscal_calendars WHERE tenant = $1", (service.tenant,)
        )


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_bad_day_is_known_when_it_is_over_once_whoever_runs(
    service: Service, database: Database, monkeypatch, workers: int
):
    monkeypatch.setattr(period_rows, "PATIENCE", timedelta(0))
    await define(service, rule())
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    observed_at = midnight - timedelta(hours=2)
    await service.ingest([{"kpi": "demand", "observed_at": observed_at.isoformat(), "value": 4000}])
    assert await said(service) == []
    for _ in range(2):  # the second time after a restart
        async with timers(database):
            if workers == 2:
                async with timers(database):
                    await eventually(lambda: said(service), until=bool)
            await eventually(lambda: said(service), until=bool)
    (breached,) = await said(service)
    assert (breached.observed_at, breached.opened_at) == (midnight, midnight)
    assert await service.rows("SELECT 1 FROM period_timers WHERE tenant = $1") == []


async def test_silence_ends_a_breach_of_days_and_a_reading_of_the_day_that_runs_belies_it(service):
    await define(service, rule(), policy={"no_data_after": "PT5H", "on_no_data": "ok"})
    await service.ingest([raw("demand", 0, 4000), raw("demand", A_DAY + 30, 9000)])
    breached, recovered = await said(service)
    assert (recovered.cause, recovered.observed_at) == (
        "silence",
        START + DAY + timedelta(hours=5),
    )
    await service.ingest([raw("demand", A_DAY + 2, 9000)])
    (revised,) = await service.events(KPIBreachRevised)
    assert revised.breach_id == breached.breach_id
    assert revised.after.recovered_at is None
