"""The events that a key result's values were given by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from helmlog_events.contracts.okr import KeyResultUpdated
from helmlog_events.envelope import RecordedEvent

from okr_service.domain.explanation import Trace

WATCHED: Final[Mapping[str, Callable[[Any], object]]] = {
    "definition": lambda state: state.facts.definition,
    "basis": lambda state: state.basis,
    "current": lambda state: state.current,
    "remark": lambda state: state.remark,
    "breaches": lambda state: state.breaches,
    "grade": lambda state: state.grade,
    "cancelled": lambda state: state.cancelled,
}
"""The parts of a key result whose events are told; of the cycle these are `CYCLE_WATCHED`."""

CYCLE_WATCHED: Final[Mapping[str, Callable[[Any], object]]] = {
    "settings": lambda state: state.facts.settings,
    "course": lambda state: state.facts.course,
    "state": type,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The events there are; `check_ins` by the cause that updates name them by."""

    key_result: Trace
    cycle: Trace
    check_ins: Mapping[str, RecordedEvent]


def told_by(evidence: Evidence) -> tuple[tuple[RecordedEvent, ...], tuple[str, ...]]:
    """The update that is shown and the check-in behind it, or the foreign event."""
    record = evidence.key_result.get("current")
    if record is None or not isinstance(record.event, KeyResultUpdated):
        return (), ()
    cause = record.event.cause
    if cause in evidence.check_ins:
        return (evidence.check_ins[cause], record), ()
    return (record,), ((cause,) if cause.startswith("kpi/") else ())
