"""Why a value is shown: the rule, the formula with its numbers, and the events that gave them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from helmlog_events.envelope import RecordedEvent
from helmlog_events.values import plain

from okr_service.domain.aggregates import Aggregate

Value = Decimal | int | str | None


@dataclass(frozen=True, slots=True)
class Input:
    """A weighted number that went in, or did not: `value` none is left out of the formula."""

    type: str
    id: UUID
    title: str
    value: Decimal | None
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Explained:
    """One shown value. `inputs` are what the formula was filled with, by name, and `parts` what a
    mean was taken of; `records` are the own events that gave it, and `causes` foreign ones, as
    `kpi/1204`.
    """

    name: str
    value: Value
    rule: str
    formula: str | None = None
    inputs: Mapping[str, Value] = field(default_factory=dict)
    records: tuple[RecordedEvent, ...] = ()
    causes: tuple[str, ...] = ()
    parts: tuple[Input, ...] = ()


Trace = Mapping[str, RecordedEvent]
"""The last event by which each watched part of a state changed."""


def trace(
    aggregate: Aggregate[Any],
    records: Iterable[RecordedEvent],
    watched: Mapping[str, Callable[[Any], object]],
) -> Trace:
    """Folds `records` and remembers, for each part watched, the last event that changed it."""
    state = aggregate.initial
    found: dict[str, RecordedEvent] = {}
    parts: dict[str, object] = dict.fromkeys(watched)
    for record in records:
        state = aggregate.evolve(state, record.event)
        for name, part_of in watched.items():
            part = part_of(state)
            if part is not parts[name] and part != parts[name]:
                parts[name], found[name] = part, record
    return found


def chosen(given: Trace, *names: str) -> tuple[RecordedEvent, ...]:
    """The events of those parts, in the order of the log, each once."""
    events = {given[name].seq: given[name] for name in names if name in given}
    return tuple(events[seq] for seq in sorted(events))


def shown(value: Decimal | datetime) -> str:
    """As it stands in a formula: a number without trailing zeros, an instant as RFC 3339."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    text = plain(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def difference(left: Decimal, right: Decimal) -> str:
    """`27 - 22`; a negative number is put into brackets."""
    return f"{shown(left)} - {shown(right) if right >= 0 else f'({shown(right)})'}"
