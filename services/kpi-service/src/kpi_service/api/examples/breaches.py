"""A breach, as a list shows it and by itself."""

from __future__ import annotations

from typing import Any, Final

BREACH: Final[dict[str, Any]] = {
    "id": "0146efc1-e440-7b5e-a26e-d98496449596",
    "kpi_id": "01970000-0000-7000-8000-000000000001",
    "kind": "threshold",
    "state": "recovered",
    "severity": "critical",
    "opened_at": "2014-07-01T01:30:00.000000Z",
    "opened_period": None,
    "announced_at": "2014-07-01T02:30:01.204000Z",
    "recovered_at": "2014-07-01T06:00:00.000000Z",
    "recovered_period": None,
    "ended_by": "value",
    "trigger": {
        "rule": {
            "for_duration": None,
            "for_readings": 3,
            "recover": "6000",
            "severity": "critical",
            "value": "5000",
            "when": "below",
        },
        "value": "2873",
        "observed_at": "2014-07-01T02:30:00.000000Z",
        "period": None,
    },
    "readings": 9,
    "last_observed_at": None,
    "no_data_after": None,
    "merged_into": None,
    "acknowledged": False,
    "silenced": False,
    "acknowledgement": None,
    "silence": None,
    "cause": None,
    "corrective_action": None,
    "version": 0,
}
STORY: Final[dict[str, Any]] = BREACH | {
    "severities": [
        {
            "severity": "critical",
            "value": "2873",
            "observed_at": "2014-07-01T02:30:00.000000Z",
            "period": None,
        }
    ],
    "annotations": [],
    "revisions": [],
}
