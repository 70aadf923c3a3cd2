"""How refusals name things."""

from __future__ import annotations

from helmlog_events.contracts.kpi import Period


def a_period(period: Period) -> str:
    """With its article: "an hour", "a day"."""
    return f"an {period}" if period == "hour" else f"a {period}"
