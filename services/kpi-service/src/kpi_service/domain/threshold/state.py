"""Where a KPI stands against its thresholds: normal, pending, warning, critical, recovering.

After an observation that breaches no rule of its policy, while no breach is open, the state is
exactly `NORMAL`: nothing of what was before matters any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never

from helmlog_events.contracts.kpi import Severity

StateName = Literal["normal", "pending", "warning", "critical", "recovering"]


@dataclass(frozen=True, slots=True)
class Watch:
    """One rule's course: bad readings in a row, since when, and whether it holds a breach open."""

    run: int = 0
    since: datetime | None = None
    firing: bool = False


IDLE = Watch()
FIRING = Watch(firing=True)


@dataclass(frozen=True, slots=True)
class Breach:
    """`readings` counts those from the first that led to it. What else is known of it is in its
    episode: two states are alike whenever they judge alike from here on.
    """

    severity: Severity
    readings: int


@dataclass(frozen=True, slots=True)
class Normal:
    """No rule sees anything bad."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Bad readings, not yet as many or for as long as a rule asks.

    `policy` numbers who judged, `last` is when the last reading judged was observed.
    """

    policy: int
    watches: tuple[Watch, ...]
    last: datetime


@dataclass(frozen=True, slots=True)
class InWarning:
    policy: int
    watches: tuple[Watch, ...]
    last: datetime
    breach: Breach


@dataclass(frozen=True, slots=True)
class InCritical:
    policy: int
    watches: tuple[Watch, ...]
    last: datetime
    breach: Breach


@dataclass(frozen=True, slots=True)
class Recovering:
    """The breach is open, the last reading was beyond no bound, and not yet past recovery."""

    policy: int
    watches: tuple[Watch, ...]
    last: datetime
    breach: Breach


OpenState = InWarning | InCritical | Recovering
ThresholdState = Normal | Pending | OpenState

NORMAL = Normal()


def open_breach(state: ThresholdState) -> Breach | None:
    match state:
        case Normal() | Pending():
            return None
        case InWarning() | InCritical() | Recovering():
            return state.breach
        case _ as unreachable:
            assert_never(unreachable)


def state_name(state: ThresholdState) -> StateName:
    match state:
        case Normal():
            return "normal"
        case Pending():
            return "pending"
        case InWarning():
            return "warning"
        case InCritical():
            return "critical"
        case Recovering():
            return "recovering"
        case _ as unreachable:
            assert_never(unreachable)


def with_readings(state: OpenState, readings: int) -> OpenState:
    return replace(state, breach=replace(state.breach, readings=readings))


def is_alike(one: ThresholdState, other: ThresholdState) -> bool:
    """Whether what follows is judged alike, though a breach may have had more readings so far."""
    if isinstance(one, OpenState) and isinstance(other, OpenState):
        one = with_readings(one, other.breach.readings)
    return one == other


def length(state: ThresholdState) -> int:
    """The readings since the state was normal, or since the open breach began."""
    match state:
        case Normal():
            return 0
        case Pending():
            return max(watch.run for watch in state.watches)
        case InWarning() | InCritical() | Recovering():
            return state.breach.readings
        case _ as unreachable:
            assert_never(unreachable)
