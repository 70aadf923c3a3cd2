"""Readings of what is no longer measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from helmlog_events.clock import rfc3339

from kpi_service.application.rows import Rejected, without
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.readings.reading import Lot, Reading


def measured(
    lots: Sequence[Lot], kpi_ids: Mapping[str, UUID], definitions: Mapping[UUID, KPI]
) -> tuple[Sequence[Lot], Sequence[Rejected]]:
    """What was observed while its KPI was in service, and why the rest is not taken."""
    if not any(definition.service for definition in definitions.values()):
        return lots, ()  # the ordinary case costs nothing

    def why_not(lot: Lot, one: Reading) -> str | None:
        retirement = definitions[kpi_ids[lot.kpi]].retirement_at(one.observed_at)
        if retirement is None:
            return None
        since = rfc3339(retirement.effective_from)
        return f"the KPI {lot.kpi!r} is retired from {since} on: {retirement.reason}"

    return without(lots, why_not)
