"""Readings of what is no longer measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from helmlog_events.clock import rfc3339

from kpi_service.application.rows import Rejected
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.readings.reading import Reading


def measured(
    readings: Sequence[Reading],
    kpi_ids: Mapping[str, UUID],
    definitions: Mapping[UUID, KPI],
    rejected: list[Rejected],
) -> Sequence[Reading]:
    """Those observed while their KPI was in service; of the others `rejected` is told why not."""
    if not any(definition.service for definition in definitions.values()):
        return readings  # the ordinary case costs nothing
    kept = []
    for one in readings:
        retirement = definitions[kpi_ids[one.kpi]].retirement_at(one.observed_at)
        if retirement is None:
            kept.append(one)
            continue
        since = rfc3339(retirement.effective_from)
        reason = f"the KPI {one.kpi!r} is retired from {since} on: {retirement.reason}"
        rejected.append(Rejected(one.place, reason))
    return kept
