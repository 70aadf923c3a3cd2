"""Typed events with explicit names and versions, and the registry that reads them back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from helmlog_events.canonical import canonical_json
from helmlog_events.contracts.decoding import create_decoder


class Part(BaseModel):
    """A piece of an event. No field is a float: fractions are `Number`, instants are `Instant`."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Event(Part):
    """A fact. Subclasses are registered with `@event(name, version)`; fields are its results."""

    event_type: ClassVar[str] = ""
    schema_version: ClassVar[int] = 0

    def canonical(self) -> bytes:
        """The data as the log keeps and hashes it."""
        return canonical_json(self.model_dump(mode="json"))


class UnknownEvent(LookupError):
    """No contract of this name and version is registered."""

    def __init__(self, event_type: str, version: int) -> None:
        super().__init__(f"no contract {event_type} v{version}")
        self.event_type = event_type
        self.version = version


class UnreadableEvent(ValueError):
    """The data does not fit the contract of its name and version."""


Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
E_ = TypeVar("E_", bound=type[Event])


class Registry:
    """Which class reads which (type, version), and how older data becomes newer data."""

    def __init__(self) -> None:
        self._current: dict[str, type[Event]] = {}
        self._decoders: dict[tuple[str, int], Callable[[bytes | str], Event]] = {}
        self._upcasters: dict[tuple[str, int], Upcaster] = {}

    def register(self, event_class: type[Event], name: str, version: int) -> None:
        if name in self._current:
            raise ValueError(f"{name} is registered twice")
        event_class.event_type = name
        event_class.schema_version = version
        self._current[name] = event_class
        self._decoders[name, version] = create_decoder(event_class)

    def upcast(self, name: str, from_version: int) -> Callable[[Upcaster], Upcaster]:
        """Registers how data of `from_version` becomes data of `from_version + 1`."""

        def add(function: Upcaster) -> Upcaster:
            self._upcasters[name, from_version] = function
            return function

        return add

    def read(self, event_type: str, version: int, data: bytes | str) -> Event:
        """The event in its current version.

        Raises `UnknownEvent` for a name, or a version newer than ours, that is not known, and
        `UnreadableEvent` for data that does not fit.
        """
        decode = self._decoders.get((event_type, version))
        try:
            if decode is not None:
                return decode(data)
            event_class = self._current.get(event_type)
            if event_class is None or version > event_class.schema_version:
                raise UnknownEvent(event_type, version)
            return event_class.model_validate(self._upcast(event_class, version, data))
        except (ValidationError, orjson.JSONDecodeError) as error:
            raise UnreadableEvent(f"{event_type} v{version}: {error}") from error

    def _upcast(self, event_class: type[Event], version: int, data: bytes | str) -> Any:
        value = orjson.loads(data)
        for step in range(version, event_class.schema_version):
            upcaster = self._upcasters.get((event_class.event_type, step))
            if upcaster is None:
                raise UnknownEvent(event_class.event_type, step)
            value = upcaster(value)
        return value

    def __iter__(self) -> Iterator[type[Event]]:
        return iter(self._current.values())


REGISTRY = Registry()


def event(name: str, version: int = 1) -> Callable[[E_], E_]:
    """Registers a contract under its explicit name: never the class path."""

    def register(event_class: E_) -> E_:
        REGISTRY.register(event_class, name, version)
        return event_class

    return register
