"""Fiscal calendars come from okr-service's log; a KPI that names one is read by its periods."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from helmlog_events.contracts.okr import FiscalCalendarDefined
from helmlog_events.envelope import (
    ANY_VERSION,
    Append,
    Metadata,
    NewEvent,
    SourcedEvent,
    StreamWrite,
)
from helmlog_events.ids import new_id, stream_id
from helmlog_events.pipeline.rebuild import Rebuild
from helmlog_events.store.memory import MemoryStore
from helmlog_events.store.postgres.connections import create_engine
from kpi_service.bootstrap import create_pipeline
from kpi_service.readmodel.fiscal_calendars import FISCAL_CALENDARS

from tests.kpi.domain.builders import DEFINED, START
from tests.kpi.service import Service

GROUP = FiscalCalendarDefined(
    slug="group", name="Group", pattern="months", first_month=2, named_by="end"
)
FROM_APRIL = GROUP.model_copy(update={"first_month": 4})
READINGS = [{"observed_at": f"2014-{month:02d}-15T00:00:00Z", "value": "1"} for month in (3, 4, 5)]


@pytest.fixture
async def measured(client, service: Service) -> UUID:
    """A KPI that names the fiscal calendar `group`, whatever that is."""
    service.tenant, kpi_id = client.tenant, new_id()
    changes = {"kpi_id": kpi_id, "aggregation": "count", "fiscal_calendar": "group"}
    await service.append(stream_id("kpi", kpi_id), DEFINED.model_copy(update=changes))
    await service.ingest([{"kpi": str(kpi_id), **one} for one in READINGS])
    return kpi_id


async def tell(service: Service, okr: MemoryStore, calendar: FiscalCalendarDefined) -> datetime:
    """Does with what okr-service says what the worker does; gives when it was recorded there."""

    async def stay(_: object) -> None:
        """No consumer, so no position that moves."""

    stream = stream_id("fiscal_calendar", calendar.slug)
    write = StreamWrite(stream, ANY_VERSION, (NewEvent(calendar, START),))
    before = await okr.head()
    await okr.append(Append(service.tenant, Metadata(actor="test"), (write,)))
    (record,) = await okr.read_log(before, 1)
    await create_pipeline(service.store).process([SourcedEvent("okr", record)], stay)
    return record.recorded_at


async def quarters(client, kpi_id: UUID, **asked):
    answer = await client.get(
        f"/v1/kpis/{kpi_id}/values", params={"period": "fiscal_quarter", **asked}
    )
    assert answer.status_code == 200, answer.text
    return [(one["starts_at"][:10], one["value"]) for one in answer.json()["items"]]


async def test_fiscal_periods_are_cut_by_the_calendar_as_it_was_known(
    client, service, measured, database
):
    okr = MemoryStore()
    first = await tell(service, okr, GROUP)
    assert await quarters(client, measured) == [("2014-02-01", "2"), ("2014-05-01", "1")]
    await tell(service, okr, FROM_APRIL)
    assert await quarters(client, measured) == [("2014-01-01", "1"), ("2014-04-01", "2")]
    asked = {"within": "fiscal_quarter", "valid_at": "2014-05-20T00:00:00Z"}
    foretold = await client.get(f"/v1/kpis/{measured}/forecast", params=asked)
    assert foretold.json()["reason"].startswith("3 periods have a value"), foretold.text
    # What is known of the readings is of now: the question is by which calendar they are cut.
    owner = create_engine(database.owner)
    async with owner.begin() as sql:
        await sql.exec_driver_sql(
            "UPDATE fiscal_calendars SET recorded_at = $1 WHERE version = 2",
            (first + timedelta(days=1),),
        )
    known_at = (first + timedelta(hours=1)).isoformat()
    assert await quarters(client, measured, known_at=known_at) == [
        ("2014-02-01", "2"),
        ("2014-05-01", "1"),
    ]
    report = await Rebuild(owner, "kpi", FISCAL_CALENDARS).run(switch=False)
    assert report.tables[0].rows == 2
    assert report.tables[0].only_serving == 1
    await owner.dispose()


async def test_a_fiscal_period_without_its_calendar_is_refused(client, measured):
    path = f"/v1/kpis/{measured}/values"
    answer = await client.get(path, params={"period": "fiscal_year"})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/fiscal-calendar-missing")
    assert "'group'" in answer.json()["detail"]
    assert (await client.get(path, params={"period": "year"})).status_code == 200
