"""A report as a document: the same facts, the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from helmlog_events.canonical import canonical_json
from helmlog_events.contracts.event import Part
from helmlog_events.values import Instant
from pydantic import TypeAdapter

from audit_service.domain.report.state import (
    CycleReport,
    KeyResultFacts,
    KPIFacts,
    ObjectiveFacts,
    Told,
)

Document = dict[str, Any]

_GRADE = ("grade", "suggested", "reason", "learned")
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


def render(
    report: CycleReport, cycle_id: UUID, *, valid_at: datetime, known_at: datetime
) -> Document:
    """The report with a `digest`: SHA-256, in hex, over its canonical JSON without the digest."""
    bound = {
        facts.defined.fact.kpi_id
        for facts in report.key_results.values()
        if facts.defined is not None and facts.defined.fact.kpi_id is not None
    }
    document: Document = {
        "cycle": _cycle(report, cycle_id),
        "valid_at": _text(valid_at),
        "known_at": _text(known_at),
        "objectives": [
            _objective(report, objective_id, facts)
            for objective_id, facts in sorted(report.objectives.items())
        ],
        "kpis": [
            _kpi(kpi_id, facts) for kpi_id, facts in sorted(report.kpis.items()) if kpi_id in bound
        ],
        "links": [
            _some(told, "kind", "source", "target", "weight") | {"id": str(link_id)}
            for link_id, told in sorted(report.links.items())
        ],
        "late_corrections": sorted(report.late_corrections, key=_seq),
        "counted": {
            source: {"events": count, "last_seq": last}
            for source, (count, last) in sorted(report.counted.items())
        },
        "unread": sorted(report.unread),
    }
    return document | {"digest": sha256(canonical_json(document)).hexdigest()}


def _cycle(report: CycleReport, cycle_id: UUID) -> Document:
    shown = ("name", "kind", "starts_on", "ends_on", "timezone")
    return {
        "id": str(cycle_id),
        **_some(report.cycle.plan, *shown),
        "state": _fact(report.cycle.state),
    }


def _objective(report: CycleReport, objective_id: UUID, facts: ObjectiveFacts) -> Document:
    return {
        "id": str(objective_id),
        **_some(facts.defined, "title", "why", "kind", "level", "team", "owner"),
        "state": _fact(facts.state),
        "graded": None if facts.graded is None else _some(facts.graded, *_GRADE),
        "closed": None if facts.closed is None else _some(facts.closed, "outcome", "grade"),
        "roll_up": _roll_up(report, objective_id),
        "risks": [
            _some(told, "breach_id", "kpi_id", "key_result_id", "severity")
            for (at_risk, _), told in sorted(report.risks.items())
            if at_risk == objective_id
        ],
        "key_results": [
            _key_result(report, key_result_id, of_it)
            for key_result_id, of_it in sorted(report.key_results.items())
            if of_it.objective_id == objective_id
        ],
    }


def _key_result(report: CycleReport, key_result_id: UUID, facts: KeyResultFacts) -> Document:
    defined = (
        "title",
        "metric",
        "baseline",
        "target",
        "lower",
        "upper",
        "unit",
        "rate",
        "weight",
        "kpi_id",
        "owner",
    )
    measured = (
        "value",
        "progress",
        "progress_raw",
        "expected_progress",
        "status",
        "status_rule",
        "confidence",
        "cause",
    )
    return {
        "id": str(key_result_id),
        **{
            name: value for name, value in _some(facts.defined, *defined).items() if name in defined
        },
        "measured": None if facts.updated is None else _some(facts.updated, *measured),
        "graded": None if facts.graded is None else _some(facts.graded, *_GRADE),
        "cancelled": None if facts.cancelled is None else _some(facts.cancelled, "reason"),
        "roll_up": _roll_up(report, key_result_id),
    }


def _kpi(kpi_id: UUID, facts: KPIFacts) -> Document:
    return {
        "id": str(kpi_id),
        **_some(facts.defined, "slug", "name", "unit"),
        "value": None if facts.value is None else _some(facts.value, "value", "observed_at"),
        "open_breaches": [
            _some(told, "opened_at", "value")
            | {"id": str(breach_id), "severity": facts.severities[breach_id].fact}
            for breach_id, told in sorted(facts.open_breaches.items())
        ],
    }


def _roll_up(report: CycleReport, node: UUID) -> Document | None:
    told = report.roll_ups.get(node)
    return None if told is None else _some(told, "roll_up", "cause")


def _fact(told: Told[str] | None) -> Document | None:
    if told is None:
        return None
    return {"value": told.fact, "event": told.event, "since": _text(told.since)}


def _some(told: Told[Any] | None, *names: str) -> Document:
    """Fields of a fact as JSON has them, with the event that gave them; none when untold."""
    if told is None:
        return dict.fromkeys((*names, "event", "since"))
    fact: Part = told.fact
    said: Mapping[str, Any] = fact.model_dump(mode="json", include=set(names))
    return {
        **{name: said[name] for name in names},
        "event": told.event,
        "since": _text(told.since),
    }


def _seq(reference: str) -> int:
    return int(reference.partition("/")[2])


def _text(moment: datetime) -> str:
    """An instant as the events themselves spell it."""
    text: str = _INSTANT.dump_python(moment, mode="json")
    return text
