"""A real series if there is one, else one like it: judged in batches, told by the plain model."""

import csv
import math
import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from helmlog_events.contracts.kpi import (
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
)
from kpi_service.domain.threshold.policy import compile_policy

from tests.kpi.domain.builders import START, observations, policy_set, rule
from tests.kpi.domain.test_threshold_model import as_told, told

RULES = (
    rule(severity="warning", value="5500", recover="6500", for_readings=2),
    rule(severity="critical", value="4000", recover="5000", for_readings=3),
)


def taxi_demand() -> list[tuple[datetime, str]]:
    if folder := os.environ.get("HELMLOG_DATA"):
        with (Path(folder) / "kpi-readings" / "nyc_taxi.csv").open() as file:
            return [
                (datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC), row["value"])
                for row in csv.DictReader(file)
            ]
    noise = random.Random(7)
    return [
        (
            START + place * timedelta(minutes=30),
            str(round(11_000 - 8_000 * math.cos(place / 48 * math.tau) + noise.gauss(0, 1_500))),
        )
        for place in range(10_000)
    ]


@pytest.mark.parametrize("size", [777, 5_000])
async def test_a_series_in_batches_breaches_where_a_plain_model_says(service, size):
    series = taxi_demand()
    await service.define("taxi-demand", *RULES, effective_from=START)
    for start in range(0, len(series), size):
        result = await service.ingest(
            [
                {"kpi": "taxi-demand", "observed_at": moment.isoformat(), "value": value}
                for moment, value in series[start : start + size]
            ]
        )
        assert result.accepted == len(series[start : start + size])
    events = await service.events(
        KPIThresholdBreached, KPIThresholdEscalated, KPIThresholdRecovered
    )
    readings = [
        reading._replace(observed_at=moment)
        for reading, (moment, _) in zip(
            observations(value for _, value in series), series, strict=True
        )
    ]
    expected = told(compile_policy(policy_set(*RULES), 1), readings)
    assert len(expected) > 100
    assert as_told(events) == expected
