from __future__ import annotations

from datetime import datetime

from helmlog_events.contracts.okr import GuardrailBreached, GuardrailRecovered

from okr_service.domain.cycle.guards import mark_work
from okr_service.domain.cycle.state import Planning
from okr_service.domain.key_result.commands import GuardKeyResult
from okr_service.domain.key_result.events import KeyResultEvent
from okr_service.domain.key_result.follow import is_over
from okr_service.domain.key_result.state import KeyResult, evolve_existing
from okr_service.domain.key_result.update import again, say


def guard(command: GuardKeyResult, key_result: KeyResult) -> list[KeyResultEvent]:
    """Brings a guardrail to how its KPI stands, and says the value again where that matters.

    Nothing for what is no guardrail of it, for what is closed or not running yet, or for what came
    after the cycle.
    """
    if command.kpi_id not in key_result.facts.definition.guardrails:
        return []
    if isinstance(command.cycle, Planning):
        return []
    if is_over(key_result, command.objective, command.cycle):
        return []
    if command.observed_at >= command.cycle.facts.course.ends_at:
        return []
    events = _changes(command, key_result)
    state = evolve_existing(key_result, events)
    current = state.current
    if current is None or bool(state.breaches) is bool(key_result.breaches):
        return events
    since = guarded_since(command, key_result)
    at = max(since, state.said_at or since)
    told = again(current, state, at, source="guardrail", cause=command.cause)
    return [*events, *say([told], state, command.cycle, state.readings)]


def guarded_since(command: GuardKeyResult, key_result: KeyResult) -> datetime:
    """Within the cycle, and not before it was a guardrail."""
    at = command.cycle.facts.course.clock(command.observed_at)
    return at if key_result.revised_at is None else max(at, key_result.revised_at)


def _changes(command: GuardKeyResult, key_result: KeyResult) -> list[KeyResultEvent]:
    known, breach = key_result.breaches.get(command.kpi_id), command.breach
    if known == breach:
        return []
    about = {
        "key_result_id": key_result.facts.key_result_id,
        "objective_id": key_result.facts.objective_id,
        **mark_work(command.cycle),
        "kpi_id": command.kpi_id,
        "cause": command.cause,
    }
    events: list[KeyResultEvent] = []
    if known is not None and (breach is None or breach.breach_id != known.breach_id):
        events.append(GuardrailRecovered.model_validate({**about, "breach_id": known.breach_id}))
    if breach is not None:
        events.append(
            GuardrailBreached.model_validate(
                {**about, "breach_id": breach.breach_id, "severity": breach.severity}
            )
        )
    return events
