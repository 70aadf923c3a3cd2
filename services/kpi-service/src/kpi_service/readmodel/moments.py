"""A KPI's measurement at a moment: value, breach, state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from helmlog_events.contracts.kpi import Severity

from kpi_service.domain.threshold.state import StateName


@dataclass(frozen=True, slots=True)
class Measurement:
    """What is known of a KPI; all None and `normal` before its first reading."""

    value: Decimal | None = None
    observed_at: datetime | None = None
    state: StateName = "normal"
    severity: Severity | None = None


UNMEASURED = Measurement()


@dataclass(frozen=True, slots=True)
class BreachView:
    id: UUID
    kpi_id: UUID
    severity: Severity
    opened_at: datetime
    recovered_at: datetime | None
    trigger: dict[str, Any]
    readings: int


def breach_at(row: Any, valid_at: datetime | None, known_at: datetime | None) -> BreachView | None:
    """A row of `breaches` as it was; None if it was not there yet."""
    severities = [
        severity
        for severity, observed_at, recorded_at in row.severities
        if _by(datetime.fromisoformat(observed_at), valid_at)
        and _by(datetime.fromisoformat(recorded_at), known_at)
    ]
    if not severities:
        return None
    over = (
        row.recovered_at is not None
        and _by(row.recovered_at, valid_at)
        and _by(row.recovery_known_at, known_at)
    )
    return BreachView(
        id=row.breach_id,
        kpi_id=row.kpi_id,
        severity=severities[-1],
        opened_at=row.opened_at,
        recovered_at=row.recovered_at if over else None,
        trigger=row.trigger,
        readings=row.readings,
    )


def state_of(breaches: Sequence[BreachView]) -> tuple[StateName, Severity | None]:
    """The state that open breaches make; what was pending or recovering then is not kept."""
    still_open = [one.severity for one in breaches if one.recovered_at is None]
    return (still_open[-1], still_open[-1]) if still_open else ("normal", None)


def _by(moment: datetime, limit: datetime | None) -> bool:
    return limit is None or moment <= limit
