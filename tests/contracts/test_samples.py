"""Every version of every event ever written can still be read."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from helmlog_events.contracts import REGISTRY, UnknownEvent, UnreadableEvent
from helmlog_events.contracts.event import Event, Registry

from tests.contracts.write_samples import SAMPLES, contracts, path_of


def identity(path: Path) -> tuple[str, int]:
    event_type, _, version = path.stem.rpartition(".v")
    return event_type, int(version)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_stored_sample_is_read_in_the_current_version(path: Path):
    event_type, version = identity(path)
    data = path.read_bytes().rstrip()
    event = REGISTRY.read(event_type, version, data)
    assert event.event_type == event_type
    if version == event.schema_version:
        assert event.canonical() == data


@pytest.mark.parametrize("contract", contracts(), ids=lambda contract: contract.event_type)
def test_every_version_has_a_stored_sample(contract: type[Event]):
    for version in range(1, contract.schema_version + 1):
        assert path_of(contract.event_type, version).exists()


def test_no_field_of_an_event_is_a_float():
    def floats(schema: object) -> bool:
        if isinstance(schema, dict):
            return schema.get("type") == "number" or any(map(floats, schema.values()))
        return isinstance(schema, list) and any(map(floats, schema))

    assert [c for c in contracts() if floats(c.model_json_schema(mode="serialization"))] == []


class TestUpcasting:
    @pytest.fixture
    def registry(self) -> Registry:
        registry = Registry()

        class Renamed(Event):
            title: str
            weight: int

        registry.register(Renamed, "Renamed", 3)
        registry.upcast("Renamed", 1)(lambda data: {"title": data["name"]})
        registry.upcast("Renamed", 2)(lambda data: {**data, "weight": 1})
        return registry

    @pytest.mark.parametrize(
        ("version", "data"),
        [(1, {"name": "a"}), (2, {"title": "a"}), (3, {"title": "a", "weight": 1})],
    )
    def test_an_old_version_is_read_as_the_current_one(
        self, registry: Registry, version: int, data: dict[str, object]
    ):
        event = registry.read("Renamed", version, orjson.dumps(data))
        assert event.model_dump() == {"title": "a", "weight": 1}

    def test_a_version_newer_than_ours_is_unknown(self, registry: Registry):
        with pytest.raises(UnknownEvent):
            registry.read("Renamed", 4, b"{}")

    def test_a_name_nobody_registered_is_unknown(self, registry: Registry):
        with pytest.raises(UnknownEvent):
            registry.read("Nothing", 1, b"{}")

    @pytest.mark.parametrize("data", [b"{}", b"not json", b'{"title": 1, "weight": 1}'])
    def test_data_that_does_not_fit_is_unreadable(self, registry: Registry, data: bytes):
        with pytest.raises(UnreadableEvent):
            registry.read("Renamed", 3, data)

    def test_a_name_is_registered_once(self, registry: Registry):
        with pytest.raises(ValueError, match="twice"):
            registry.register(Event, "Renamed", 1)


@pytest.mark.parametrize("contract", contracts(), ids=lambda contract: contract.event_type)
def test_what_is_read_by_conversion_is_what_validation_would_read(contract: type[Event]):
    data = path_of(contract.event_type, contract.schema_version).read_bytes()
    read = REGISTRY.read(contract.event_type, contract.schema_version, data)
    validated = contract.model_validate_json(data)
    assert read == validated
    assert read.canonical() == validated.canonical()
    types = {name: type(value) for name, value in read}
    assert types == {name: type(value) for name, value in validated}
