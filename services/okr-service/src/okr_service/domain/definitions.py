"""What a thing says of itself, within the event that first says it."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from helmlog_events.contracts.event import Event, Part

P = TypeVar("P", bound=Part)


def part_of(event: Event, definition: type[P]) -> P:
    """The `definition` that `event` is made of."""
    fields = {name: getattr(event, name) for name in definition.model_fields}
    return cast("P", definition.model_construct(**fields))


def fields_of(definition: Part) -> dict[str, Any]:
    """For an event made of `definition`, its parts left as they are."""
    return {name: getattr(definition, name) for name in type(definition).model_fields}
