"""Readings in each format, and what became of them."""

from __future__ import annotations

from typing import Any, Final

ARRAY: Final[list[dict[str, Any]]] = [
    {
        "kpi": "taxi-demand",
        "observed_at": "2014-07-01T00:00:00Z",
        "value": "10844",
        "source": "feed-1",
    },
    {"kpi": "taxi-demand", "observed_at": "2014-07-01T00:30:00Z", "value": 8127},
    {"kpi": "taxi-demnd", "observed_at": "2014-07-01T00:30:00Z", "value": 8127},
]
LINES: Final = (
    '{"kpi": "taxi-demand", "observed_at": "2014-07-01T01:00:00Z", "value": "6210"}\n'
    '{"kpi": "taxi-demand", "observed_at": "2014-07-01T01:30:00Z", "value": "4656"}\n'
)
CSV: Final = """kpi,observed_at,value,source
taxi-demand,2014-07-01T02:00:00Z,3820,feed-1
taxi-demand,2014-07-01T02:30:00Z,2873,feed-1
"""
TAKEN_IN: Final[dict[str, Any]] = {
    "accepted": 2,
    "duplicates": 0,
    "corrected": 0,
    "rejected_total": 1,
    "rejected": [{"row": 3, "reason": "there is no KPI 'taxi-demnd'"}],
}
ANSWER_LINES: Final = (
    '{"row":3,"reason":"there is no KPI \'taxi-demnd\'"}\n'
    '{"accepted":2,"duplicates":0,"corrected":0,"rejected_total":1,"seq":7,"replayed":false}\n'
)
