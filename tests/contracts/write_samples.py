"""Writes a sample for each contract version without one: `python -m tests.contracts.write_samples`.

A sample, once committed, is never written again: it stands for every event of that version in the
logs of the world.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from helmlog_events.contracts import REGISTRY
from helmlog_events.contracts.event import Event, Part

SAMPLES = Path(__file__).parent / "samples"
_SIMPLE: dict[type, Any] = {
    UUID: UUID("0197f000-0000-7000-8000-000000000001"),
    str: "an example",
    int: 3,
    bool: True,
    Decimal: Decimal("12.50"),
    datetime: datetime(2019, 11, 1, 9, 30, tzinfo=UTC),
    date: date(2019, 11, 1),
}


def contracts() -> list[type[Event]]:
    """Every contract of the product; tests register some of their own."""
    return [c for c in REGISTRY if c.__module__.startswith("helmlog_events.contracts")]


def path_of(event_type: str, version: int) -> Path:
    return SAMPLES / f"{event_type}.v{version}.json"


def example(of: Any) -> Any:
    """A value of an annotation: the first member of a union, one item of a tuple."""
    origin, arguments = get_origin(of), get_args(of)
    if origin is Annotated:
        return example(arguments[0])
    if origin is Literal:
        return arguments[0]
    if origin in {Union, UnionType}:
        return example(next(argument for argument in arguments if argument is not NoneType))
    if origin is tuple:
        return (example(arguments[0]),)
    if isinstance(of, type) and issubclass(of, Part):
        return of(**{name: example(field.annotation) for name, field in of.model_fields.items()})
    return _SIMPLE[of]


def main() -> None:
    for contract in contracts():
        path = path_of(contract.event_type, contract.schema_version)
        if not path.exists():
            path.write_bytes(example(contract).canonical() + b"\n")


if __name__ == "__main__":
    main()
