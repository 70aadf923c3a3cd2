"""A month is foretold in its middle, and held beside what it came to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from helmlog_local.company.series import Series
from helmlog_local.demo.api import Api

Json = Any
_MORE: Final = Decimal("1.05")


@dataclass(frozen=True, slots=True)
class Foretold:
    """`month` is what the service says of the month's end; `before` and `came` are the values of
    the month before and, in the end, of this one.
    """

    series: Series
    forecast: Json
    month: Json | None
    before: Json
    came: Json


async def foretell(api: Api, series: Series, at: datetime) -> Foretold:
    """The target of the month is five percent more than the month before. Raises DemoFailed."""
    begins = at.replace(day=1)
    path = f"/kpi/v1/kpis/{series.slug}"
    before = await _month(api, path, begins - timedelta(days=1))
    target = (Decimal(before["value"]) * _MORE).quantize(Decimal(1))
    body = {
        "effective_from": begins.isoformat(),
        "target": str(target),
        "period": "month",
        "phrase": "five percent more than in the month before",
    }
    await api.put(f"{path}/targets", body, f"demo-target-{series.slug}")
    forecast = await api.get_own(
        f"{path}/forecast", period="day", within="month", valid_at=at.isoformat()
    )
    months = (one for one in forecast["outcomes"] if one["period"] == "month")
    return Foretold(
        series=series,
        forecast=forecast,
        month=next(months, None),
        before=before,
        came=await _month(api, path, at),
    )


async def _month(api: Api, path: str, within: datetime) -> Json:
    """The value of the month that `within` lies in."""
    until = within + timedelta(microseconds=1)
    page = await api.get(
        f"{path}/values",
        **{"period": "month", "from": within.isoformat(), "to": until.isoformat()},
    )
    return page["items"][0]
