"""A chart."""

from __future__ import annotations

from typing import Any, Final

CHART: Final[dict[str, Any]] = {
    "kpi_id": "01970000-0000-7000-8000-000000000001",
    "bucket": "PT1H",
    "items": [
        {
            "starts_at": "2014-07-01T00:00:00.000000Z",
            "readings": 2,
            "first": "10844",
            "last": "8127",
            "min": "8127",
            "max": "10844",
            "mean": "9485.5",
        },
        {
            "starts_at": "2014-07-01T01:00:00.000000Z",
            "readings": 2,
            "first": "6210",
            "last": "4656",
            "min": "4656",
            "max": "6210",
            "mean": "5433",
        },
    ],
}
