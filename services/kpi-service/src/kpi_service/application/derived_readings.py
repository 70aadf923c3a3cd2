"""Readings of what is made of other readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from helmlog_events.clock import rfc3339

from kpi_service.application.rows import Rejected
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.readings.reading import FORMULA_SOURCE, Reading


def without_derived(
    readings: Sequence[Reading],
    kpi_ids: Mapping[str, UUID],
    definitions: Mapping[UUID, KPI],
    rejected: list[Rejected],
) -> Sequence[Reading]:
    """Without those from upstream of KPIs that are derived; `rejected` is told why.

    What was observed before its first formula holds was measured, and is taken.
    """
    if not any(definition.is_derived for definition in definitions.values()):
        return readings  # the ordinary case costs nothing
    kept = []
    for one in readings:
        formula = definitions[kpi_ids[one.kpi]].formula_at(one.observed_at)
        if formula is None or one.source == FORMULA_SOURCE:
            kept.append(one)
            continue
        since = rfc3339(formula.effective_from)
        reason = f"the KPI {one.kpi!r} is derived from {since} on: its formula makes its values"
        rejected.append(Rejected(one.place, reason))
    return kept
