"""From when to when a KPI is measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from helmlog_events.contracts.kpi import KPIRetired, KPIRevived

from kpi_service.domain.kpi.refusals import AlreadyRetired, NotRetired
from kpi_service.domain.kpi.state import KPI


@dataclass(frozen=True, slots=True)
class RetireKPI:
    """From `effective_from` on it is measured no more; its parts are let be."""

    kpi_id: UUID
    effective_from: datetime
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviveKPI:
    """From `effective_from` on it is measured again."""

    kpi_id: UUID
    effective_from: datetime
    reason: str
    at: datetime


def retire(command: RetireKPI, kpi: KPI) -> list[KPIRetired]:
    retirement = kpi.retirement_at(command.effective_from)
    if retirement is not None:
        raise AlreadyRetired(retirement.effective_from)
    return [
        KPIRetired(
            kpi_id=command.kpi_id, effective_from=command.effective_from, reason=command.reason
        )
    ]


def revive(command: ReviveKPI, kpi: KPI) -> list[KPIRevived]:
    if kpi.is_measured_at(command.effective_from):
        raise NotRetired(command.effective_from)
    return [
        KPIRevived(
            kpi_id=command.kpi_id, effective_from=command.effective_from, reason=command.reason
        )
    ]
