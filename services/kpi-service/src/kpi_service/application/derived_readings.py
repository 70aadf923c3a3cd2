"""Readings of what is made of other readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from helmlog_events.clock import rfc3339

from kpi_service.application.rows import Rejected, without
from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.readings.reading import FORMULA_SOURCE, Lot, Reading


def without_derived(
    lots: Sequence[Lot], kpi_ids: Mapping[str, UUID], definitions: Mapping[UUID, KPI]
) -> tuple[Sequence[Lot], Sequence[Rejected]]:
    """Without what comes from upstream of KPIs that are derived, and why it is not taken.

    What was observed before its first formula holds was measured, and is taken.
    """
    if not any(definition.is_derived for definition in definitions.values()):
        return lots, ()  # the ordinary case costs nothing

    def why_not(lot: Lot, one: Reading) -> str | None:
        formula = definitions[kpi_ids[lot.kpi]].formula_at(one.observed_at)
        if formula is None or lot.source == FORMULA_SOURCE:
            return None
        since = rfc3339(formula.effective_from)
        return f"the KPI {lot.kpi!r} is derived from {since} on: its formula makes its values"

    return without(lots, why_not)
