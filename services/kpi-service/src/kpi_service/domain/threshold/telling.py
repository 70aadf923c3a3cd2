"""A breach as its events tell it: what a consumer knows of it, and what read models show."""

from __future__ import annotations

from typing import NamedTuple, assert_never
from uuid import UUID

from helmlog_events.contracts.kpi import (
    BreachEpisode,
    KPIBreachRevised,
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
    SeverityChange,
)

from kpi_service.domain.threshold.events import ThresholdEvent


class Known(NamedTuple):
    """`episode` is none where it was no breach after all, or is part of `merged_into`."""

    episode: BreachEpisode | None = None
    merged_into: UUID | None = None


UNKNOWN = Known()


def evolve(known: Known, event: ThresholdEvent) -> Known:
    """What is known of the breach after `event`; the first event of a breach announces it."""
    match event:
        case KPIThresholdBreached():
            return Known(
                BreachEpisode(
                    opened_at=event.opened_at,
                    rule=event.rule,
                    trigger_readings=event.readings,
                    severities=(_severity(event),),
                )
            )
        case KPIBreachRevised():
            return Known(event.after, event.merged_into)
        case KPIThresholdEscalated() | KPIThresholdRecovered() if known.episode is None:
            return known  # it was taken back, and what is said of it has no meaning
        case KPIThresholdEscalated():
            severities = (*known.episode.severities, _severity(event))
            return Known(known.episode.model_copy(update={"severities": severities}))
        case KPIThresholdRecovered():
            end = {
                "recovered_at": event.observed_at,
                "value": event.value,
                "readings": event.readings,
            }
            return Known(known.episode.model_copy(update=end))
        case _ as unreachable:
            assert_never(unreachable)


def _severity(event: KPIThresholdBreached | KPIThresholdEscalated) -> SeverityChange:
    return SeverityChange(severity=event.severity, value=event.value, observed_at=event.observed_at)
