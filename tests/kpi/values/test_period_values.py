"""Values by period against a plain model that holds all readings, in any order of arrival."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from helmlog_events.ids import new_id
from helmlog_events.store.postgres.connections import driver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.periods import Calendar
from kpi_service.domain.readings.mean import mean
from kpi_service.readmodel.period_values import read_values

from tests.kpi.domain.builders import DEFINED, START

CALENDAR = Calendar(ZoneInfo("Asia/Kathmandu"))
AGGREGATIONS = ("last", "sum", "mean", "min", "max", "count")
# Across the end of a month, so of a partition.
FIRST = START + timedelta(days=29)


@dataclass(frozen=True)
class Row:
    """`revision` follows from the order of arrival: `received` counts hours."""

    hour: int
    source: str
    value: Decimal | None
    revision: int
    received: int

    @property
    def observed_at(self) -> datetime:
        return FIRST + timedelta(hours=self.hour)


@st.composite
def histories(draw) -> list[Row]:
    arrived = draw(
        st.lists(
            st.tuples(
                st.integers(0, 72),
                st.sampled_from(["a", "B", "é", "formula"]),
                st.decimals(-100, 1000, places=2),
                st.booleans(),
            ),
            max_size=40,
        )
    )
    revisions: dict[tuple[int, str], int] = defaultdict(int)
    rows = []
    for received, (hour, source, value, withdrawn) in enumerate(arrived):
        revisions[hour, source] += 1
        kept = None if withdrawn and source == "formula" else value
        rows.append(Row(hour, source, kept, revisions[hour, source], received))
    return rows


def counted(rows: Sequence[Row], known: int) -> list[Row]:
    latest: dict[tuple[int, str], Row] = {}
    for row in rows:
        if row.received <= known:
            latest[row.hour, row.source] = row
    present = (row for row in latest.values() if row.value is not None)
    return sorted(present, key=lambda row: (row.hour, row.source))


def risen(rows: Sequence[Row], inside: Sequence[Row]) -> Decimal:
    total, before = Decimal(0), {}
    for row in rows:
        previous = before.get(row.source)
        if row in inside and previous is not None:
            total += row.value - previous if row.value >= previous else row.value
        before[row.source] = row.value
    return total


def model(rows: Sequence[Row], known: int, aggregation: str, measure: str) -> list[tuple]:
    present = counted(rows, known)
    found = []
    for span in CALENDAR.spans("day", FIRST, FIRST + timedelta(hours=72)):
        inside = [row for row in present if span.starts_at <= row.observed_at < span.ends_at]
        if not inside:
            continue
        values = [row.value for row in inside]
        value = {
            "last": values[-1],
            "sum": sum(values),
            "mean": mean(sum(values), len(values)),
            "min": min(values),
            "max": max(values),
            "count": Decimal(len(values)),
        }[aggregation]
        found.append((span, risen(present, inside) if measure == "counter" else value, len(values)))
    return found


async def store(connection, tenant: str, kpi_id: UUID, rows: Sequence[Row]) -> None:
    await connection.executemany(
        "INSERT INTO readings (tenant, kpi_id, source, observed_at, value, revision, batch_id,"
        " received_at) VALUES ($1, $2, $3, $4, $5, $6, $2, $7)",
        [
            (
                tenant,
                kpi_id,
                row.source,
                row.observed_at,
                row.value,
                row.revision,
                START + timedelta(hours=row.received),
            )
            for row in rows
        ],
    )


@given(rows=histories(), known=st.integers(0, 40))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_a_value_by_period_is_that_of_all_readings_known(service, rows, known):
    await service.partitions.ensure([FIRST, FIRST + timedelta(days=4)])
    kpi_id = new_id()
    async with service.engine.begin() as sql:
        connection = await driver(sql)
        await store(connection, service.tenant, kpi_id, rows)
        for measure, aggregation in [*(("gauge", one) for one in AGGREGATIONS), ("counter", "sum")]:
            changes = {"kpi_id": kpi_id, "aggregation": aggregation, "measure": measure}
            kpi = KPI(DEFINED.model_copy(update=changes))
            for known_at in (None, START + timedelta(hours=known)):
                found = await read_values(
                    connection,
                    service.tenant,
                    kpi,
                    CALENDAR.spans("day", FIRST, FIRST + timedelta(hours=72)),
                    known_at=known_at,
                )
                expected = model(
                    rows, len(rows) if known_at is None else known, aggregation, measure
                )
                assert [(one.span, one.value, one.readings) for one in found] == expected
                for one in found:
                    assert one.span.starts_at <= one.first_observed_at <= one.last_observed_at
                    assert one.last_observed_at < one.span.ends_at
                    assert one.minimum <= one.mean <= one.maximum


@given(
    st.decimals(-(10**26), 10**26, places=20, allow_nan=False, allow_infinity=False),
    st.integers(1, 10**7),
)
def test_a_mean_is_rounded_once_to_twenty_places_half_to_even(total, count):
    assert Fraction(mean(total, count)) == round(Fraction(total) / count * 10**20) / Fraction(
        10**20
    )


@pytest.mark.parametrize(
    ("total", "count", "shown"), [("5", "2", "2.5"), ("2000.00", "2", "1000"), ("0.00", "3", "0")]
)
def test_a_mean_has_no_zeros_at_its_end(total, count, shown):
    assert format(mean(Decimal(total), int(count)), "f") == shown
