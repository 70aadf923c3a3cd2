"""A KPI, its policy, and one that is made of others."""

from __future__ import annotations

from typing import Any, Final

RULE: Final[dict[str, Any]] = {
    "severity": "critical",
    "when": "below",
    "value": "5000",
    "recover": "6000",
    "for_readings": 3,
}
DEFINE: Final[dict[str, Any]] = {
    "slug": "taxi-demand",
    "name": "Taxi demand",
    "unit": "passengers",
    "direction": "up",
    "type": "operational",
    "level": "company",
    "cadence": "PT30M",
    "aggregation": "last",
    "timezone": "UTC",
}
KPI: Final[dict[str, Any]] = {
    "id": "01970000-0000-7000-8000-000000000001",
    "slug": "taxi-demand",
    "name": "Taxi demand",
    "definition": None,
    "unit": "passengers",
    "rate": None,
    "direction": "up",
    "type": "operational",
    "level": "company",
    "cadence": "PT30M",
    "measure": "gauge",
    "aggregation": "last",
    "timezone": "UTC",
    "fiscal_calendar": None,
    "owner": None,
    "org_unit": None,
    "key": False,
    "parent_id": None,
    "parent": None,
    "template": None,
    "is_derived": False,
    "formula": None,
    "retired": None,
    "value": None,
    "observed_at": None,
    "target": None,
    "judged_by": None,
    "achievement": None,
    "health": "no_data",
    "threshold_state": "no_data",
    "threshold_policy": {
        "effective_from": "2014-07-01T00:00:00.000000Z",
        "evaluate": "reading",
        "period": None,
        "rules": [{**RULE, "for_duration": None}],
        "no_data_after": "PT2H",
        "on_no_data": "keep",
    },
    "targets": [],
    "version": 2,
}
POLICY: Final[dict[str, Any]] = {
    "effective_from": "2014-07-01T00:00:00Z",
    "evaluate": "reading",
    "rules": [RULE],
    "no_data_after": "PT2H",
    "on_no_data": "keep",
}
FORMULA: Final[dict[str, Any]] = {
    "effective_from": "2024-01-01T00:00:00Z",
    "expression": "100 * won / leads",
    "inputs": {"won": "deals-won", "leads": "leads"},
    "period": "day",
}
FORMULAS: Final[dict[str, Any]] = {
    "kpi_id": "01970000-0000-7000-8000-000000000003",
    "formula": {
        "effective_from": "2024-01-01T00:00:00.000000Z",
        "expression": "100 * won / leads",
        "inputs": [
            {"name": "won", "kpi_id": "01970000-0000-7000-8000-000000000002"},
            {"name": "leads", "kpi_id": "01970000-0000-7000-8000-000000000004"},
        ],
        "period": "day",
    },
    "formulas": [
        {
            "effective_from": "2024-01-01T00:00:00.000000Z",
            "expression": "100 * won / leads",
            "inputs": [
                {"name": "won", "kpi_id": "01970000-0000-7000-8000-000000000002"},
                {"name": "leads", "kpi_id": "01970000-0000-7000-8000-000000000004"},
            ],
            "period": "day",
        }
    ],
    "version": 2,
    "warnings": [],
}
