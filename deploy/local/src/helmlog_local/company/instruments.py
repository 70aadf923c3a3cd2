"""The KPIs of the made-up company, and what happened to each in three quarters of 2024."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from helmlog_local.company.feeds import Outage
from helmlog_local.company.series import Aggregation, Side
from helmlog_local.company.signals import Incident, Signal

BEGINS = datetime(2024, 1, 1, tzinfo=UTC)
ENDS = datetime(2024, 10, 1, tzinfo=UTC)

_BELOW: frozenset[Side] = frozenset({"below"})
_ABOVE: frozenset[Side] = frozenset({"above"})
_BOTH = _BELOW | _ABOVE


@dataclass(frozen=True, slots=True)
class Instrument:
    """Everything a made-up series is made from; `cadence` says in ISO 8601 what the signal's is."""

    slug: str
    name: str
    definition: str
    unit: str
    direction: Literal["up", "down", "within"]
    type: Literal["financial", "operational", "strategic"]
    level: Literal["company", "department", "project"]
    owner: str
    cadence: str
    watched: frozenset[Side]
    signal: Signal
    outages: tuple[Outage, ...] = ()
    aggregation: Aggregation = "mean"


def _incident(month: int, day: int, hour: int, *, hours: int, factor: float, note: str) -> Incident:
    begins = datetime(2024, month, day, hour, tzinfo=UTC)
    return Incident(begins, timedelta(hours=hours), factor, note)


def _outage(month: int, day: int, hour: int, *, hours: int) -> Outage:
    begins = datetime(2024, month, day, hour, tzinfo=UTC)
    return Outage(begins, begins + timedelta(hours=hours))


_QUARTER_HOUR = timedelta(minutes=15)
_HALF_HOUR = timedelta(minutes=30)
_HOUR = timedelta(hours=1)
_SIX_HOURS = timedelta(hours=6)
_DAY = timedelta(days=1)

INSTRUMENTS = (
    Instrument(
        slug="checkout-latency",
        name="Checkout latency",
        definition="95th percentile of the time the checkout takes to answer.",
        unit="ms",
        direction="down",
        type="operational",
        level="project",
        owner="Head of Web Platform",
        cadence="PT15M",
        watched=_ABOVE,
        signal=Signal(
            level=410,
            cadence=_QUARTER_HOUR,
            by_quarter=-0.06,
            by_day=0.12,
            peak_hour=19,
            noise=0.025,
            places=0,
            incidents=(
                _incident(3, 12, 9, hours=11, factor=2.4, note="connection pool exhausted"),
                _incident(5, 21, 16, hours=6, factor=3.1, note="payment provider slow"),
                _incident(7, 30, 18, hours=9, factor=2.2, note="summer sale without warm caches"),
                _incident(9, 27, 8, hours=120, factor=1.9, note="index lost in a migration"),
            ),
        ),
        outages=(_outage(4, 14, 1, hours=7), _outage(8, 18, 22, hours=5)),
    ),
    Instrument(
        slug="web-conversion",
        name="Web conversion",
        definition="Orders per hundred visits of the shop.",
        unit="%",
        direction="up",
        type="operational",
        level="department",
        owner="Head of E-Commerce",
        cadence="PT30M",
        watched=_BELOW,
        signal=Signal(
            level=2.3,
            cadence=_HALF_HOUR,
            by_quarter=0.09,
            by_day=0.14,
            peak_hour=20,
            at_weekends=0.07,
            noise=0.03,
            places=3,
            incidents=(
                _incident(3, 12, 10, hours=11, factor=0.45, note="checkout hardly answers"),
                _incident(6, 9, 6, hours=20, factor=0.5, note="wrong prices shown"),
                _incident(9, 28, 12, hours=80, factor=0.6, note="slow checkout drives buyers off"),
            ),
        ),
        outages=(_outage(2, 25, 0, hours=12),),
    ),
    Instrument(
        slug="cold-store-temperature",
        name="Cold store temperature",
        definition="Mean over the sensors of the provisions store.",
        unit="°C",
        direction="within",
        type="operational",
        level="department",
        owner="Head of Logistics",
        cadence="PT30M",
        watched=_BOTH,
        signal=Signal(
            level=4.2,
            cadence=_HALF_HOUR,
            by_day=0.06,
            peak_hour=15,
            noise=0.013,
            places=2,
            incidents=(
                _incident(4, 27, 3, hours=14, factor=2.1, note="compressor failure"),
                _incident(7, 14, 12, hours=30, factor=1.6, note="heat wave, door left open"),
                _incident(8, 22, 2, hours=10, factor=0.3, note="thermostat stuck"),
            ),
        ),
        outages=(_outage(5, 5, 4, hours=9),),
    ),
    Instrument(
        slug="orders-per-hour",
        name="Orders",
        definition="Orders taken in the hour, all channels.",
        unit="orders",
        direction="up",
        type="operational",
        level="company",
        owner="Head of Sales",
        cadence="PT1H",
        watched=_BELOW,
        signal=Signal(
            level=180,
            cadence=_HOUR,
            by_quarter=0.08,
            by_day=0.45,
            peak_hour=19,
            at_weekends=0.15,
            noise=0.04,
            places=0,
            incidents=(
                _incident(3, 12, 10, hours=10, factor=0.3, note="checkout hardly answers"),
                _incident(8, 6, 8, hours=26, factor=0.25, note="warehouse system down"),
            ),
        ),
        outages=(_outage(6, 16, 20, hours=10),),
        aggregation="sum",
    ),
    Instrument(
        slug="support-waiting-time",
        name="Waiting time of customers",
        definition="Median time until somebody answers a call or chat.",
        unit="min",
        direction="down",
        type="operational",
        level="department",
        owner="Head of Customer Care",
        cadence="PT1H",
        watched=_ABOVE,
        signal=Signal(
            level=6.5,
            cadence=_HOUR,
            by_quarter=-0.10,
            by_day=0.25,
            peak_hour=11,
            at_weekends=-0.2,
            noise=0.06,
            places=1,
            incidents=(
                _incident(3, 12, 12, hours=30, factor=3.0, note="calls about the failed checkout"),
                _incident(6, 10, 7, hours=36, factor=2.6, note="calls about the wrong prices"),
                _incident(8, 7, 7, hours=60, factor=2.8, note="calls about late parcels"),
            ),
        ),
    ),
    Instrument(
        slug="on-time-delivery",
        name="On-time delivery",
        definition="Parcels delivered by the promised day, of those due in the last six hours.",
        unit="%",
        direction="up",
        type="operational",
        level="company",
        owner="Head of Logistics",
        cadence="PT6H",
        watched=_BELOW,
        signal=Signal(
            level=93.5,
            cadence=_SIX_HOURS,
            by_quarter=0.012,
            at_weekends=-0.015,
            noise=0.006,
            highest=100,
            incidents=(
                _incident(5, 8, 0, hours=96, factor=0.82, note="carrier on strike"),
                _incident(8, 6, 12, hours=84, factor=0.78, note="parcels from the standstill"),
            ),
        ),
        outages=(_outage(2, 10, 0, hours=24),),
    ),
    Instrument(
        slug="cost-per-lead",
        name="Cost per lead",
        definition="Spent on campaigns, by leads won.",
        unit="EUR",
        direction="down",
        type="financial",
        level="department",
        owner="Head of Marketing",
        cadence="PT6H",
        watched=_ABOVE,
        signal=Signal(
            level=31.0,
            cadence=_SIX_HOURS,
            by_quarter=-0.07,
            by_day=0.05,
            noise=0.03,
            places=2,
            incidents=(
                _incident(4, 18, 0, hours=72, factor=1.9, note="bids doubled by mistake"),
                _incident(7, 9, 6, hours=60, factor=1.6, note="landing page gone"),
            ),
        ),
    ),
    Instrument(
        slug="sales-growth",
        name="Sales growth",
        definition="Sales of the last 28 days against the same days a year before.",
        unit="%",
        direction="up",
        type="financial",
        level="company",
        owner="Managing Director",
        cadence="P1D",
        watched=_BELOW,
        signal=Signal(
            level=4.6,
            cadence=_DAY,
            by_quarter=0.22,
            noise=0.025,
            places=2,
            incidents=(
                _incident(3, 13, 0, hours=240, factor=0.55, note="orders lost with the checkout"),
            ),
        ),
        aggregation="last",
    ),
    Instrument(
        slug="customer-satisfaction",
        name="Customer satisfaction",
        definition="Customers who answer 4 or 5 of 5, of those asked that day.",
        unit="%",
        direction="up",
        type="strategic",
        level="company",
        owner="Head of Customer Care",
        cadence="P1D",
        watched=_BELOW,
        signal=Signal(
            level=82,
            cadence=_DAY,
            by_quarter=0.018,
            noise=0.006,
            highest=100,
            incidents=(
                _incident(3, 13, 0, hours=144, factor=0.86, note="anger about the checkout"),
                _incident(8, 8, 0, hours=168, factor=0.84, note="anger about late parcels"),
            ),
        ),
    ),
    Instrument(
        slug="inventory-turnover",
        name="Inventory turnover",
        definition="Cost of goods sold in a year at the current rate, by mean stock.",
        unit="turns a year",
        direction="up",
        type="financial",
        level="department",
        owner="Head of Logistics",
        cadence="P1D",
        watched=_BELOW,
        signal=Signal(
            level=5.1,
            cadence=_DAY,
            by_quarter=0.04,
            noise=0.008,
            places=2,
            incidents=(
                _incident(5, 27, 0, hours=240, factor=0.97, note="old stock found in a stocktake"),
            ),
        ),
        aggregation="last",
    ),
    Instrument(
        slug="first-call-resolution",
        name="First-call resolution",
        definition="Concerns settled in the first conversation.",
        unit="%",
        direction="up",
        type="operational",
        level="department",
        owner="Head of Customer Care",
        cadence="P1D",
        watched=_BELOW,
        signal=Signal(
            level=71,
            cadence=_DAY,
            by_quarter=0.02,
            at_weekends=-0.03,
            noise=0.01,
            highest=100,
            incidents=(
                _incident(8, 7, 0, hours=120, factor=0.8, note="no answer to where parcels are"),
            ),
        ),
    ),
)
