"""What each event of a KPI's definition changed: from what to what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, assert_never

from helmlog_events.contracts.kpi import (
    KPIDefined,
    KPIFormulaSet,
    KPIRetired,
    KPIRevised,
    KPIRevived,
    KPITargetSet,
    KPITargetWithdrawn,
    ThresholdPolicySet,
)

from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.kpi.state import KPI, KPIState

_OF_TARGET = {"target", "upper", "inclusive", "phrase"}


class Change(NamedTuple):
    """Values as JSON; none where there was or is nothing."""

    field: str
    old: Any
    new: Any


def changes(event: KPIEvent, before: KPIState) -> list[Change]:
    """What `event` made of `before`; of a target, policy or formula, what held at its moment."""
    data = event.model_dump(mode="json")
    if isinstance(event, KPIDefined):
        given = {name: value for name, value in data.items() if name != "kpi_id"}
        return [Change(name, None, value) for name, value in given.items() if value is not None]
    if not isinstance(before, KPI):
        raise TypeError("the first event of the stream defines")
    match event:
        case KPIRevised():
            old = before.definition.model_dump(mode="json")
            return [Change(name, old[name], data[name]) for name in event.changed]
        case KPIRetired() | KPIRevived():
            measured = before.is_measured_at(event.effective_from)
            return [Change("measured", measured, isinstance(event, KPIRevived))]
        case KPITargetSet() | KPITargetWithdrawn():
            return [_of_target(event, data, before)]
        case KPIFormulaSet():
            formula = before.formula_at(event.effective_from)
            return [Change("formula", _content(formula), _content(event))]
        case ThresholdPolicySet():
            held = [
                one for one in before.policy_events if one.effective_from <= event.effective_from
            ]
            return [
                Change("threshold_policy", _content(held[-1] if held else None), _content(event))
            ]
        case _ as unreachable:
            assert_never(unreachable)


def _of_target(event: KPITargetSet | KPITargetWithdrawn, data: Any, before: KPI) -> Change:
    field = event.purpose if event.period is None else f"{event.purpose} by {event.period}"
    held = before.target_at(event.effective_from, event.period, event.purpose)
    old = None
    if held is not None and held.target is not None:
        stood = KPITargetSet(
            kpi_id=event.kpi_id,
            effective_from=held.effective_from,
            target=held.target,
            upper=held.upper,
            inclusive=held.inclusive,
            phrase=held.phrase,
        )
        old = dict(_chosen(stood.model_dump(mode="json")))
    new = dict(_chosen(data)) if isinstance(event, KPITargetSet) else None
    return Change(field, old, new)


def _chosen(data: Any) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in data.items() if name in _OF_TARGET)


def _content(event: KPIFormulaSet | ThresholdPolicySet | None) -> Any:
    if event is None:
        return None
    return event.model_dump(mode="json", exclude={"kpi_id", "effective_from"})
