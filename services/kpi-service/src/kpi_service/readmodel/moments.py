"""A KPI's measurement at a moment: value, breach, state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import orjson
from helmlog_events.contracts import REGISTRY
from helmlog_events.contracts.kpi import Severity

from kpi_service.domain.threshold.events import ThresholdEvent
from kpi_service.domain.threshold.state import StateName
from kpi_service.domain.threshold.telling import UNKNOWN, evolve


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
    place: tuple[datetime, UUID]
    """In lists."""


def breach_at(row: Any, valid_at: datetime | None, known_at: datetime | None) -> BreachView | None:
    """A row of `breaches` as it was; None if it was not there yet, or was no breach after all."""
    known = UNKNOWN
    for recorded_at, name, version, data in row.told:
        if _by(datetime.fromisoformat(recorded_at), known_at):
            event = REGISTRY.read(name, version, orjson.dumps(data))
            known = evolve(known, cast("ThresholdEvent", event))
    episode = known.episode
    if episode is None:
        return None
    severities = [one for one in episode.severities if _by(one.observed_at, valid_at)]
    if not severities:
        return None
    over = episode.recovered_at is not None and _by(episode.recovered_at, valid_at)
    trigger = episode.severities[0]
    return BreachView(
        id=row.breach_id,
        kpi_id=row.kpi_id,
        severity=severities[-1].severity,
        opened_at=episode.opened_at,
        recovered_at=episode.recovered_at if over else None,
        trigger={
            "rule": episode.rule,
            "value": trigger.value,
            "observed_at": trigger.observed_at,
        },
        readings=episode.readings if over and episode.readings else episode.trigger_readings,
        place=(row.opened_at, row.breach_id),
    )


def state_of(breaches: Sequence[BreachView]) -> tuple[StateName, Severity | None]:
    """The state that open breaches make; what was pending or recovering then is not kept."""
    still_open = [one.severity for one in breaches if one.recovered_at is None]
    return (still_open[-1], still_open[-1]) if still_open else ("normal", None)


def _by(moment: datetime, limit: datetime | None) -> bool:
    return limit is None or moment <= limit
