"""From an event to the row that keeps it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import orjson
from helmlog_events.contracts.kpi import KPIValueChanged
from helmlog_events.contracts.okr import (
    CheckInRecorded,
    CycleActivated,
    CycleClosed,
    CycleOpened,
    CycleReopened,
    CycleReviewStarted,
    KeyResultAdded,
    KeyResultAttached,
    KeyResultUpdated,
    ObjectiveAccepted,
    ObjectiveClosed,
    ObjectiveDeclined,
    ObjectiveDrafted,
    ObjectiveProposed,
)
from helmlog_events.envelope import RecordedEvent
from helmlog_events.ids import stream_key

from okr_service.domain.key_result.state import measurement_of

Row = dict[str, Any]

CYCLE_STATES: Final = {
    CycleOpened.event_type: "planning",
    CycleActivated.event_type: "active",
    CycleReviewStarted.event_type: "review",
    CycleClosed.event_type: "closed",
    CycleReopened.event_type: "review",
}
OBJECTIVE_STATES: Final = {
    ObjectiveDrafted.event_type: "draft",
    ObjectiveProposed.event_type: "proposed",
    ObjectiveAccepted.event_type: "active",
    ObjectiveDeclined.event_type: "declined",
    ObjectiveClosed.event_type: "closed",
    KeyResultAttached.event_type: None,
}


def cycle(record: RecordedEvent, event: CycleOpened) -> Row:
    return {
        **_fact(record),
        "cycle_id": event.cycle_id,
        "name": event.name,
        "kind": event.kind,
        "starts_on": event.starts_on,
        "ends_on": event.ends_on,
        "timezone": event.timezone,
    }


def cycle_step(record: RecordedEvent) -> Row:
    return {
        **_fact(record),
        "cycle_id": UUID(stream_key(record.stream)),
        "version": record.version,
        "state": CYCLE_STATES[record.type],
        "reopened": record.type == CycleReopened.event_type,
    }


def objective(record: RecordedEvent, event: ObjectiveDrafted) -> Row:
    return {
        **_fact(record),
        "objective_id": event.objective_id,
        "cycle_id": event.cycle_id,
        "title": event.title,
        "why": event.why,
        "kind": event.kind,
        "level": event.level,
        "origin": event.origin,
        "team": event.team,
        "owner": event.owner,
    }


def objective_step(record: RecordedEvent) -> Row:
    event = record.event
    closed = event if isinstance(event, ObjectiveClosed) else None
    declined = event if isinstance(event, ObjectiveDeclined) else None
    reason = (closed and closed.reason) or (declined and declined.reason)
    return {
        **_fact(record),
        "objective_id": UUID(stream_key(record.stream)),
        "version": record.version,
        "state": OBJECTIVE_STATES[record.type],
        "outcome": None if closed is None else closed.outcome,
        "reason": reason,
        "grade": None if closed is None else closed.grade,
    }


def key_result(record: RecordedEvent, event: KeyResultAdded) -> Row:
    milestones = [step.model_dump(mode="json") for step in event.milestones]
    return {
        **_fact(record),
        "key_result_id": event.key_result_id,
        "objective_id": event.objective_id,
        "cycle_id": event.cycle_id,
        "title": event.title,
        "metric": event.metric,
        "baseline": event.baseline,
        "target": event.target,
        "lower": event.lower,
        "upper": event.upper,
        "milestones": _json(milestones),
        "unit": event.unit,
        "rate": event.rate,
        "weight": event.weight,
        "kpi_id": event.kpi_id,
        "owner": event.owner,
    }


def key_result_update(record: RecordedEvent, event: KeyResultUpdated) -> Row:
    measurement = measurement_of(event)
    return {
        **_fact(record),
        "key_result_id": event.key_result_id,
        "version": record.version,
        "source": measurement.source,
        "value": measurement.value,
        "done": _json(measurement.done),
        "progress": measurement.progress,
        "progress_raw": measurement.progress_raw,
        "confidence": measurement.confidence,
        "override": measurement.override,
    }


def check_in(record: RecordedEvent, event: CheckInRecorded) -> Row:
    return {
        **_fact(record),
        "key_result_id": event.key_result_id,
        "version": record.version,
        "check_in_id": event.check_in_id,
        "value": event.value,
        "done": _json(event.done),
        "confidence": event.confidence,
        "narrative": event.narrative,
        "status": event.status,
        "status_reason": event.status_reason,
        "correction_reason": event.correction_reason,
        "after_reopening": event.after_reopening,
        "actor": record.actor,
        "recorded_at": record.recorded_at,
    }


def kpi_value(record: RecordedEvent, event: KPIValueChanged) -> Row:
    return {
        "tenant": record.tenant,
        "kpi_id": event.kpi_id,
        "value": event.value,
        "observed_at": event.observed_at,
        "seq": record.seq,
    }


def _fact(record: RecordedEvent) -> Row:
    return {"tenant": record.tenant, "seq": record.seq, "occurred_at": record.occurred_at}


def _json(value: Any) -> str:
    # Rows are copied by the driver, which takes JSON as text.
    return orjson.dumps(value).decode()
