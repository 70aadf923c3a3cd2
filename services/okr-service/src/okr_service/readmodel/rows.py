"""From an event to the rows that keep it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import orjson
from helmlog_events.contracts.alignment import LinkAdded, LinkRemoved
from helmlog_events.contracts.kpi import (
    KPIDefined,
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
    KPIValueChanged,
)
from helmlog_events.contracts.okr import (
    CycleOpened,
    CyclePlan,
    FiscalCalendarDefined,
    KeyResultDefinition,
    KeyResultUpdated,
    RowsImported,
)
from helmlog_events.envelope import RecordedEvent
from helmlog_events.ids import stream_category, stream_key
from helmlog_events.pipeline.rows_of import Row

from okr_service.domain.cycle.schedule import next_step
from okr_service.domain.cycle.state import Cycle, state_name

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


def cycle_timer(record: RecordedEvent, cycle: Cycle) -> Row:
    facts, step = cycle.facts, next_step(cycle)
    return {
        "tenant": record.tenant,
        "cycle_id": facts.cycle_id,
        "version": record.version,
        "state": state_name(cycle),
        "starts_at": facts.course.starts_at,
        "ends_at": facts.course.ends_at,
        "step": None if step is None else step.name,
        "due_at": None if step is None else step.due_at,
    }


def fiscal_calendar(record: RecordedEvent, event: FiscalCalendarDefined) -> Iterator[Row]:
    yield {
        "tenant": record.tenant,
        "slug": event.slug,
        "version": record.version,
        "name": event.name,
        "pattern": event.pattern,
        "first_month": event.first_month,
        "named_by": event.named_by,
        "ends_on_weekday": event.ends_on_weekday,
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


def rows_imported(record: RecordedEvent, event: RowsImported) -> Iterator[Row]:
    """One an import: many new keys are told in further events of their own, of no rows."""
    if not event.rows:
        return
    yield {
        "tenant": record.tenant,
        "import_id": event.import_id,
        "cycle_id": event.cycle_id,
        "digest": event.digest,
        "rows": event.rows,
        "rejected": event.rejected,
        "created": orjson.dumps(event.created.model_dump()).decode(),
        "updated": orjson.dumps(event.updated.model_dump()).decode(),
        "actor": record.actor,
        "recorded_at": record.recorded_at,
        **_fact(record),
    }


def kpi(record: RecordedEvent, event: KPIDefined) -> Iterator[Row]:
    yield {
        "tenant": record.tenant,
        "kpi_id": event.kpi_id,
        "slug": event.slug,
        "seq": record.seq,
    }


def contributions(record: RecordedEvent, event: LinkAdded | LinkRemoved) -> list[Row]:
    """One for each cycle a contribution touches: it is read with either end."""
    if event.kind != "contributes":
        return []
    return [
        {
            "tenant": record.tenant,
            "cycle_id": cycle_id,
            "seq": record.seq,
            "stands": isinstance(event, LinkAdded),
            "child_id": event.source.id,
            "parent_type": event.target.type,
            "parent_id": event.target.id,
            "weight": event.weight if isinstance(event, LinkAdded) else None,
            "occurred_at": record.occurred_at,
            "recorded_at": record.recorded_at,
        }
        for cycle_id in event.cycle_ids
    ]


def kpi_value(record: RecordedEvent, event: KPIValueChanged) -> Iterator[Row]:
    yield {
        "tenant": record.tenant,
        "kpi_id": event.kpi_id,
        "seq": record.seq,
        "value": event.value,
        "observed_at": event.observed_at,
    }


def kpi_breach(record: RecordedEvent, event: BreachEvent) -> Iterator[Row]:
    recovered = isinstance(event, KPIThresholdRecovered)
    yield {
        "tenant": record.tenant,
        "kpi_id": event.kpi_id,
        "seq": record.seq,
        "breach_id": event.breach_id,
        "severity": None if recovered else event.severity,
        "observed_at": event.observed_at,
    }


def _fact(record: RecordedEvent) -> Row:
    return {"seq": record.seq, "occurred_at": record.occurred_at}
