"""From an event to the rows that keep it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from helmlog_events.contracts.kpi import (
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
    KPIValueChanged,
)
from helmlog_events.contracts.okr import (
    CycleOpened,
    CyclePlan,
    KeyResultDefinition,
    KeyResultUpdated,
)
from helmlog_events.envelope import RecordedEvent
from helmlog_events.ids import stream_category, stream_key

Row = dict[str, Any]
BreachEvent = KPIThresholdBreached | KPIThresholdEscalated | KPIThresholdRecovered


def cycle_entry(record: RecordedEvent, cycle_id: UUID) -> Row:
    return {
        "tenant": record.tenant,
        "cycle_id": cycle_id,
        "category": stream_category(record.stream),
        "id": UUID(stream_key(record.stream)),
        "type": record.type,
        **_fact(record),
    }


def cycle(record: RecordedEvent, cycle_id: UUID, plan: CycleOpened | CyclePlan) -> Row:
    return {
        "tenant": record.tenant,
        "cycle_id": cycle_id,
        "version": record.version,
        "starts_on": plan.starts_on,
        "ends_on": plan.ends_on,
        **_fact(record),
    }


def key_result_update(record: RecordedEvent, event: KeyResultUpdated) -> Row:
    return {
        "tenant": record.tenant,
        "key_result_id": event.key_result_id,
        "version": record.version,
        "cycle_id": event.cycle_id,
        "source": event.source,
        "value": event.value,
        # Rows are copied by the driver, which takes JSON as text.
        "done": orjson.dumps(event.done).decode(),
        "progress": event.progress,
        "progress_raw": event.progress_raw,
        "expected_progress": event.expected_progress,
        "status": event.status,
        "status_rule": event.status_rule,
        "cause": event.cause,
        **_fact(record),
    }


def kpi_bindings(
    record: RecordedEvent, key_result_id: UUID, cycle_id: UUID, definition: KeyResultDefinition
) -> list[Row]:
    """One row always, so that a version that unbinds is seen to do so."""
    return [
        {
            "tenant": record.tenant,
            "key_result_id": key_result_id,
            "version": record.version,
            "place": place,
            "cycle_id": cycle_id,
            "kpi_id": kpi_id,
            "relative": place == 0 and definition.relative is not None,
        }
        for place, kpi_id in enumerate((definition.kpi_id, *definition.guardrails))
    ]


def kpi_value(record: RecordedEvent, event: KPIValueChanged) -> Row:
    return {
        "tenant": record.tenant,
        "kpi_id": event.kpi_id,
        "seq": record.seq,
        "value": event.value,
        "observed_at": event.observed_at,
    }


def kpi_breach(record: RecordedEvent, event: BreachEvent) -> Row:
    recovered = isinstance(event, KPIThresholdRecovered)
    return {
        "tenant": record.tenant,
        "kpi_id": event.kpi_id,
        "seq": record.seq,
        "breach_id": event.breach_id,
        "severity": None if recovered else event.severity,
        "observed_at": event.observed_at,
    }


def _fact(record: RecordedEvent) -> Row:
    return {"seq": record.seq, "occurred_at": record.occurred_at}
