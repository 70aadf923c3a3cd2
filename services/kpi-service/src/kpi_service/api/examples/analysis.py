"""A policy that is tried, and what comes next."""

from __future__ import annotations

from typing import Any, Final

from kpi_service.api.examples.definitions import RULE

BACKTEST: Final[dict[str, Any]] = {
    "policy": {
        "rules": [RULE],
        "no_data_after": "PT2H",
    },
    "from": "2014-07-01T00:00:00Z",
    "to": "2014-07-02T00:00:00Z",
    "windows": [["2014-07-01T02:00:00Z", "2014-07-01T04:00:00Z"]],
}
_OUTCOME: Final[dict[str, Any]] = {
    "breaches": 1,
    "warning": 0,
    "critical": 1,
    "seconds_in_warning": 0,
    "seconds_in_critical": 12600,
    "items": [
        {
            "severity": "critical",
            "opened_at": "2014-07-01T01:30:00.000000Z",
            "triggered_at": "2014-07-01T02:30:00.000000Z",
            "recovered_at": "2014-07-01T06:00:00.000000Z",
            "recovered_by": "value",
            "seconds": 12600,
            "value": "2873",
            "rule": {
                "severity": "critical",
                "when": "below",
                "value": "5000",
                "recover": "6000",
                "for_readings": 3,
                "for_duration": None,
            },
            "severities": [{"severity": "critical", "observed_at": "2014-07-01T02:30:00.000000Z"}],
            "in_window": True,
        }
    ],
    "silences": 0,
    "silent": [],
    "detection": {
        "hits": 1,
        "misses": 0,
        "false_alarms": 0,
        "precision": "1.0000",
        "recall": "1.0000",
        "windows": [
            {
                "starts_at": "2014-07-01T02:00:00.000000Z",
                "ends_at": "2014-07-01T04:00:00.000000Z",
                "hit": True,
                "breaches": 1,
                "delay_seconds": 1800,
            }
        ],
    },
}
BACKTESTED: Final[dict[str, Any]] = {
    "from": "2014-07-01T00:00:00.000000Z",
    "to": "2014-07-02T00:00:00.000000Z",
    "known_at": None,
    "readings": 48,
    "proposed": _OUTCOME,
    "current": _OUTCOME,
}
FORECAST: Final[dict[str, Any]] = {
    "valid_at": "2014-09-01T06:00:00.000000Z",
    "known_at": None,
    "period": "day",
    "available": True,
    "reason": None,
    "history": {
        "starts_at": "2014-07-01T00:00:00.000000Z",
        "ends_at": "2014-09-01T00:00:00.000000Z",
    },
    "values": 62,
    "gaps": 0,
    "model": {"name": "naive", "trend": "none", "why": "on the past it was nearer than smoothing"},
    "trend": {
        "tendency": "none",
        "slope": "-42.755",
        "lower_95": "-89.715",
        "upper_95": "18.757",
        "values": 62,
    },
    "seasons": [
        {
            "name": "week",
            "length": 7,
            "rounds": 8,
            "found": True,
            "strength": "0.8760",
            "why_not": None,
        }
    ],
    "steps": [
        {
            "value": "12082.5",
            "lower_80": "11172.8",
            "upper_80": "14114.3",
            "lower_95": "10135.5",
            "upper_95": "18782.3",
            "starts_at": "2014-09-01T00:00:00.000000Z",
            "ends_at": "2014-09-02T00:00:00.000000Z",
        }
    ],
    "outcomes": [
        {
            "value": "14080.0",
            "lower_80": "9538.6",
            "upper_80": "22318.5",
            "lower_95": "7349.3",
            "upper_95": "27663.2",
            "period": "month",
            "starts_at": "2014-09-01T00:00:00.000000Z",
            "ends_at": "2014-10-01T00:00:00.000000Z",
            "so_far": "2872.0",
            "goal": {"least": "15000", "most": None, "inclusive": True},
            "chance": "0.427",
            "chance_absent": None,
        }
    ],
    "trial": {
        "origins": 8,
        "lead": 12,
        "values": 96,
        "model": {
            "mean_absolute_error": "2109.7",
            "mean_absolute_scaled_error": "1.4946",
            "coverage_80": "0.9167",
            "coverage_95": "0.9792",
        },
        "naive": {
            "mean_absolute_error": "2109.7",
            "mean_absolute_scaled_error": "1.4946",
            "coverage_80": "0.9167",
            "coverage_95": "0.9792",
        },
    },
}
