"""Real series with the windows in which people saw something wrong, where HELMLOG_DATA has them."""

import csv
import json
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from kpi_service.domain.backtest.rehearsal import run
from kpi_service.domain.backtest.windows import Marking, Window
from kpi_service.domain.suggestion.rules import suggest_rules
from kpi_service.domain.suggestion.sensitivity import SETTINGS
from kpi_service.domain.suggestion.usual import find_usual
from kpi_service.domain.threshold.observation import Observation
from kpi_service.domain.threshold.policy import compile_policy

from tests.kpi.domain.builders import policy_set, rule


def recorded(name):
    folder = os.environ.get("HELMLOG_DATA")
    if not folder:
        pytest.skip("HELMLOG_DATA names no folder of recorded readings")
    place = Path(folder) / "kpi-readings"
    with (place / f"{name}.csv").open() as lines:
        values = {moment(row["timestamp"]): Decimal(row["value"]) for row in csv.DictReader(lines)}
    marked = json.loads((place / "anomaly-windows.json").read_text())[f"{name}.csv"]
    readings = [Observation(one, values[one]) for one in sorted(values)]
    return readings, [Window(*(moment(one) for one in pair)) for pair in marked]


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def held_to(rules, readings, windows):
    marking = Marking(windows)
    since = readings[0].observed_at
    by = compile_policy(policy_set(*rules, effective_from=since), number=1)
    for episode in run([by], readings):
        marking.add(episode, readings[-1].observed_at)
    return marking


def suggested(readings, direction, sensitivity):
    times = np.array([int(one.observed_at.timestamp()) for one in readings])
    values = np.array([float(one.value) for one in readings])
    usual = find_usual(times, values, SETTINGS[sensitivity].reach)
    length = float(times[-1] - times[0])
    return suggest_rules(direction, usual, values, length, sensitivity).rules


def test_a_machine_that_cools_down_is_seen_in_time_and_nothing_else_is():
    readings, windows = recorded("machine_temperature_system_failure")
    freezing = rule("critical", "below", "30", "45", for_readings=3)
    marking = held_to([freezing], readings, windows)
    assert marking.hits >= 1
    assert marking.false_alarms == 0
    assert all(one.delay is None or one.delay < timedelta(days=2) for one in marking.verdicts())


def test_bounds_suggested_for_taxi_demand_find_holidays_and_storms_and_leave_the_rest_alone():
    readings, windows = recorded("nyc_taxi")
    marking = held_to(suggested(readings, "within", "medium"), readings, windows)
    assert marking.hits >= 3
    assert marking.alarms <= 6
    assert marking.precision >= Decimal("0.5")
