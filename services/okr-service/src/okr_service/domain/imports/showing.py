"""A node as a row shows it: what an export gives, and what an import compares with."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from helmlog_events.contracts.okr import KeyResultDefinition
from helmlog_events.values import plain

from okr_service.domain.key_result.measurement import Measurement
from okr_service.domain.key_result.state import KeyResultFacts
from okr_service.domain.objective.state import ObjectiveFacts
from okr_service.domain.remark import Grade, Remark


def shown_result(
    remark: Remark | None,
    grade: Grade | None = None,
    current: Measurement | None = None,
    definition: KeyResultDefinition | None = None,
) -> str:
    """The newest words; where there were none and nothing was graded, the value."""
    if remark is not None and remark.narrative:
        return remark.narrative
    if grade is not None or current is None or current.value is None or definition is None:
        return ""
    return plain(current.value) + ("%" if definition.unit == "%" else "")


def shown_score(grade: Grade | None) -> str:
    return "" if grade is None else _number(grade.grade)


def objective_cells(facts: ObjectiveFacts) -> dict[str, str]:
    """All of its cells but those that name it and its parent."""
    definition = facts.definition
    return {
        "kind": "objective",
        "owner": definition.owner or "",
        "title": definition.title,
        "result": shown_result(facts.remark),
        "score": shown_score(facts.grade),
        "why": definition.why,
        "level": definition.level,
        "team": definition.team or "",
        "objective_kind": definition.kind,
        "observed_at": _instant(None if facts.remark is None else facts.remark.observed_at),
    }


def key_result_cells(
    facts: KeyResultFacts,
    current: Measurement | None,
    remark: Remark | None,
    grade: Grade | None,
) -> dict[str, str]:
    definition = facts.definition
    told = [one.observed_at for one in (current, remark) if one is not None]
    return {
        "kind": "key_result",
        "owner": definition.owner or "",
        "title": definition.title,
        "result": shown_result(remark, grade, current, definition),
        "score": shown_score(grade),
        "metric": definition.metric,
        "baseline": _number(definition.baseline),
        "target": _number(definition.target),
        "lower": _number(definition.lower),
        "upper": _number(definition.upper),
        "unit": definition.unit or "",
        "rate": definition.rate or "",
        "weight": _number(definition.weight),
        "due_on": "" if definition.due_on is None else definition.due_on.isoformat(),
        "value": _number(None if current is None else current.value),
        "confidence": "" if remark is None or remark.confidence is None else str(remark.confidence),
        "observed_at": _instant(max(told, default=None)),
    }


def _number(number: Decimal | None) -> str:
    return "" if number is None else plain(number)


def _instant(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
