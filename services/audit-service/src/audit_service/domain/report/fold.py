"""Events into a report. Streams may come in any order among each other, each in its own.

Nothing is computed: the events carry the results, with the formulas of their day.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from helmlog_events.contracts import UnknownEvent, UnreadableEvent, alignment, kpi, okr
from helmlog_events.contracts.event import Event
from helmlog_events.envelope import SourcedEvent

from audit_service.domain.report.state import CycleReport, KeyResultFacts, KPIFacts, Told

Fact_ = TypeVar("Fact_")

CYCLE_STATES: Final[dict[str, str]] = {
    "CycleOpened": "planning",
    "CycleActivated": "active",
    "CycleReviewStarted": "review",
    "CycleClosed": "closed",
    "CycleReopened": "review",
}
OBJECTIVE_STATES: Final[dict[str, str]] = {
    "ObjectiveDrafted": "draft",
    "ObjectiveProposed": "proposed",
    "ObjectiveAccepted": "active",
    "ObjectiveDeclined": "declined",
    "ObjectiveClosed": "closed",
}


def fold(report: CycleReport, event: SourcedEvent, cycle_id: UUID) -> CycleReport:
    """Takes `report` over and hands it on with what `event` says."""
    record = event.record
    count, last = report.counted.get(event.source, (0, 0))
    report.counted[event.source] = (count + 1, max(last, record.seq))
    try:
        said = record.event
    except (UnknownEvent, UnreadableEvent):
        report.unread.append(event.reference)
        return report
    match event.source:
        case "okr":
            _fold_okr(report, said, event, cycle_id)
        case "kpi":
            _fold_kpi(report, said, event)
        case "alignment":
            _fold_alignment(report, said, event, cycle_id)
    return report


def _told(fact: Fact_, event: SourcedEvent) -> Told[Fact_]:
    return Told(fact, event.reference, event.record.occurred_at)


def _fold_okr(report: CycleReport, said: Event, event: SourcedEvent, cycle_id: UUID) -> None:
    if getattr(said, "cycle_id", None) != cycle_id:
        return
    if said.event_type in CYCLE_STATES:
        report.cycle.state = _told(CYCLE_STATES[said.event_type], event)
    if getattr(said, "late_correction", False):
        report.late_corrections.append(event.reference)
    match said:
        case okr.CycleOpened():
            report.cycle.plan = _told(said, event)
        case okr.CycleRevised():
            report.cycle.plan = _told(said.after, event)
        case okr.ObjectiveDrafted():
            report.objective(said.objective_id).defined = _told(said, event)
        case okr.ObjectiveRevised():
            report.objective(said.objective_id).defined = _told(said.after, event)
        case okr.ObjectiveGraded():
            report.objective(said.objective_id).graded = _told(said, event)
        case okr.ObjectiveClosed():
            report.objective(said.objective_id).closed = _told(said, event)
        case _ if (key_result_id := getattr(said, "key_result_id", None)) is not None:
            _fold_key_result(report.key_result(key_result_id), said, event)
    if said.event_type in OBJECTIVE_STATES:
        objective_id: UUID = said.objective_id  # type: ignore[attr-defined]  # all of them have it
        report.objective(objective_id).state = _told(OBJECTIVE_STATES[said.event_type], event)


def _fold_key_result(facts: KeyResultFacts, said: Event, event: SourcedEvent) -> None:
    match said:
        case okr.KeyResultAdded():
            facts.defined, facts.objective_id = _told(said, event), said.objective_id
        case okr.KeyResultRevised():
            facts.defined = _told(said.after, event)
        case okr.KeyResultTargetResolved() if facts.defined is not None:
            numbers = {"baseline": said.baseline, "target": said.target}
            facts.defined = _told(facts.defined.fact.model_copy(update=numbers), event)
        case okr.KeyResultMoved():
            facts.objective_id = said.objective_id
        case okr.KeyResultCancelled():
            facts.cancelled = _told(said, event)
        case okr.KeyResultGraded():
            facts.graded = _told(said, event)
        case okr.KeyResultUpdated():
            # A value for an earlier time, told late, does not replace what holds at the later one.
            if facts.updated is None or facts.updated.since <= event.record.occurred_at:
                facts.updated = _told(said, event)


def _fold_kpi(report: CycleReport, said: Event, event: SourcedEvent) -> None:
    match said:
        case kpi.KPIDefined():
            report.kpi(said.kpi_id).defined = _told(said, event)
        case kpi.KPIValueChanged() | kpi.KPIValueCorrected():
            facts = report.kpi(said.kpi_id)
            if facts.value is None or facts.value.fact.observed_at <= said.observed_at:
                facts.value = _told(said, event)
        case kpi.KPIThresholdBreached():
            facts = report.kpi(said.kpi_id)
            facts.open_breaches[said.breach_id] = _told(said, event)
            facts.severities[said.breach_id] = _told(said.severity, event)
        case kpi.KPIThresholdEscalated():
            report.kpi(said.kpi_id).severities[said.breach_id] = _told(said.severity, event)
        case kpi.KPIThresholdRecovered():
            report.kpi(said.kpi_id).open_breaches.pop(said.breach_id, None)
        case kpi.KPIBreachRevised():
            _revise_breach(report.kpi(said.kpi_id), said, event, report.valid_at)


def _revise_breach(
    facts: KPIFacts, said: kpi.KPIBreachRevised, event: SourcedEvent, valid_at: datetime | None
) -> None:
    """The breach as it is told now, up to the report's moment; it may never have been."""
    episode = said.after
    facts.open_breaches.pop(said.breach_id, None)
    if episode is None:
        return
    severities = [one for one in episode.severities if _by(one.observed_at, valid_at)]
    over = episode.recovered_at is not None and _by(episode.recovered_at, valid_at)
    if over or not severities:
        return
    first = severities[0]
    told = kpi.KPIThresholdBreached(
        breach_id=said.breach_id,
        kpi_id=said.kpi_id,
        severity=first.severity,
        rule=episode.rule,
        value=first.value,
        opened_at=episode.opened_at,
        observed_at=first.observed_at,
        readings=episode.trigger_readings,
    )
    facts.open_breaches[said.breach_id] = _told(told, event)
    facts.severities[said.breach_id] = _told(severities[-1].severity, event)


def _by(moment: datetime, limit: datetime | None) -> bool:
    return limit is None or moment <= limit


def _fold_alignment(report: CycleReport, said: Event, event: SourcedEvent, cycle_id: UUID) -> None:
    match said:
        case alignment.LinkAdded():
            report.links[said.link_id] = _told(said, event)
        case alignment.LinkRemoved():
            report.links.pop(said.link_id, None)
        case alignment.RollUpChanged() if said.cycle_id == cycle_id:
            report.roll_ups[said.node.id] = _told(said, event)
        case alignment.ObjectiveAtRisk() if said.cycle_id == cycle_id:
            report.risks[said.objective_id, said.breach_id] = _told(said, event)
        case alignment.RiskCleared():
            report.risks.pop((said.objective_id, said.breach_id), None)
