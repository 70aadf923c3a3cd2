"""Where a KPI stands against its thresholds: normal, pending, warning, critical, recovering."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal, assert_never
from uuid import UUID

from helmlog_events.contracts.kpi import Severity

StateName = Literal["normal", "pending", "warning", "critical", "recovering"]


@dataclass(frozen=True, slots=True)
class Watch:
    """One rule's course: bad readings in a row, since when, and whether it holds a breach open."""

    run: int = 0
    since: datetime | None = None
    firing: bool = False


IDLE = Watch()


@dataclass(frozen=True, slots=True)
class Breach:
    """`readings` counts those judged from `opened_at` on while it is open."""

    id: UUID
    severity: Severity
    opened_at: datetime
    readings: int


@dataclass(frozen=True, slots=True)
class Normal:
    """No rule sees anything bad."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Bad readings, not yet as many or for as long as a rule asks. `policy` numbers who judged."""

    policy: int
    watches: tuple[Watch, ...]


@dataclass(frozen=True, slots=True)
class InWarning:
    policy: int
    watches: tuple[Watch, ...]
    breach: Breach


@dataclass(frozen=True, slots=True)
class InCritical:
    policy: int
    watches: tuple[Watch, ...]
    breach: Breach


@dataclass(frozen=True, slots=True)
class Recovering:
    """The breach is open, the last reading was beyond no bound, and not yet past recovery."""

    policy: int
    watches: tuple[Watch, ...]
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


def breach_id(kpi_id: UUID, observed_at: datetime) -> UUID:
    """A UUIDv7 of the reading that opened it: the same each time these readings are judged.

    A reading opens one breach at most, so no two breaches of a KPI share an id.
    """
    milliseconds = max(0, int(observed_at.timestamp() * 1000)) & (2**48 - 1)
    noise = int.from_bytes(sha256(f"{kpi_id}/{observed_at.isoformat()}".encode()).digest()[:10])
    return UUID(
        int=milliseconds << 80 | 0x7 << 76 | (noise >> 68) << 64 | 0b10 << 62 | noise & (2**62 - 1)
    )
