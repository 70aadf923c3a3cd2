"""Writes docs/reference from the code: `python -m helmlog_local.reference` (or `make docs`).

OpenAPI documents of the services, JSON Schemas of the events, an AsyncAPI document of the topics,
and the state machines of the aggregates. They are committed; a test fails when one of them no
longer matches.
"""

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from helmlog_events import contracts
from helmlog_events.contracts.event import Event
from helmlog_events.kafka.partitions import PARTITIONS, topic_of
from helmlog_web.settings import ServiceSettings

from helmlog_local import state_machines
from helmlog_local.aggregates import AGGREGATES
from helmlog_local.paths import PROJECT_ROOT
from helmlog_local.services import SERVICES, Service

FOLDER = PROJECT_ROOT / "docs" / "reference"
READINGS_TOPIC = "helmlog.kpi.readings.v1"

# The CloudEvents attributes every message carries as Kafka headers (binary mode).
HEADERS: Mapping[str, str] = {
    "ce_specversion": "1.0",
    "ce_id": "the event's id, a UUIDv7",
    "ce_type": "the event's name",
    "ce_source": "/helmlog/<service>",
    "ce_subject": "the stream",
    "ce_time": "when it was true (RFC 3339)",
    "ce_recordedat": "when it was recorded (RFC 3339)",
    "ce_tenantid": "the tenant",
    "ce_seq": "its place in the service's log",
    "ce_streamversion": "its place in the stream",
    "ce_schemaversion": "the version of its data",
    "ce_entryhash": "the entry's hash in the chain, hex",
    "ce_metadata": "actor, command, cause: canonical JSON",
    "ce_traceparent": "W3C trace context, where there is one",
    "content-type": "application/json",
}


def documents() -> dict[str, Any]:
    """Every generated document, by its path below docs/reference."""
    found: dict[str, Any] = {
        f"openapi/{service.full_name}.json": _application(service).openapi() for service in SERVICES
    }
    found["events.schema.json"] = {
        _name(event): event.model_json_schema(mode="serialization") for event in _events()
    }
    found["asyncapi.json"] = _asyncapi()
    found["state-machines.md"] = state_machines.document(AGGREGATES)
    return found


def render(document: Any) -> str:
    if isinstance(document, str):
        return document
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def write(folder: Path = FOLDER) -> None:
    for path, document in documents().items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(render(document), encoding="utf-8")


def _application(service: Service) -> FastAPI:
    """Built as it is served, with addresses that nobody is ever asked at."""
    bootstrap = importlib.import_module(f"{service.module}.bootstrap")
    settings = importlib.import_module(f"{service.module}.settings")
    create_settings: Any = next(
        value
        for value in vars(settings).values()
        if isinstance(value, type)
        and issubclass(value, ServiceSettings)
        and value is not ServiceSettings
    )
    nowhere = "postgresql://nobody@localhost/nothing"
    app: FastAPI = bootstrap.create_app(
        create_settings(
            database_url=nowhere,
            kafka_bootstrap="localhost:9092",
            jwks_path=Path("jwks.json"),
            issuer="reference",
            **({"audit_logs": f"audit={nowhere}"} if service.name == "audit" else {}),
        )
    )
    return app


def _events() -> list[type[Event]]:
    package = contracts.__name__
    return sorted((e for e in contracts.REGISTRY if e.__module__.startswith(package)), key=_name)


def _name(event: type[Event]) -> str:
    return f"{event.event_type}.v{event.schema_version}"


def _asyncapi() -> dict[str, Any]:
    by_source: dict[str, list[str]] = {service.name: [] for service in SERVICES}
    for event in _events():
        source = event.__module__.rpartition(".")[2]
        for name in [source] if source in by_source else by_source:
            by_source[name].append(_name(event))
    channels: dict[str, Any] = {
        f"{source}-events": {
            "address": topic_of(source),
            "description": f"The log of {source}-service in order; key: the stream.",
            "bindings": {"kafka": {"topic": topic_of(source), "partitions": PARTITIONS}},
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        }
        for source, names in by_source.items()
    }
    channels["kpi-readings"] = {
        "address": READINGS_TOPIC,
        "description": "Upstream systems write here: one reading or an array a message.",
        "bindings": {"kafka": {"topic": READINGS_TOPIC, "partitions": PARTITIONS}},
        "messages": {"Readings": {"$ref": "#/components/messages/Readings"}},
    }
    operations = {
        f"publish-{source}-events": {
            "action": "send",
            "channel": {"$ref": f"#/channels/{source}-events"},
        }
        for source in by_source
    }
    operations["take-readings"] = {
        "action": "receive",
        "channel": {"$ref": "#/channels/kpi-readings"},
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Helmlog on Kafka", "version": "1"},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": _messages()},
    }


def _messages() -> dict[str, Any]:
    headers = {
        "type": "object",
        "properties": {
            name: {"type": "string", "description": meaning} for name, meaning in HEADERS.items()
        },
    }
    messages: dict[str, Any] = {
        _name(event): {
            "name": event.event_type,
            "summary": (event.__doc__ or "").strip().partition("\n")[0],
            "headers": headers,
            "payload": {"$ref": f"events.schema.json#/{_name(event)}"},
        }
        for event in _events()
    }
    reading = {
        "type": "object",
        "required": ["kpi", "observed_at", "value"],
        "properties": {
            "kpi": {"type": "string", "description": "id or slug"},
            "observed_at": {"type": "string", "format": "date-time"},
            "value": {"type": ["string", "number"]},
            "source": {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "description": "without it, the source of the CloudEvent, if it is one",
            },
            "id": {"type": "string", "minLength": 1, "maxLength": 200},
        },
    }
    messages["Readings"] = {
        "summary": "Bare JSON, or a CloudEvent around it.",
        "headers": {
            "type": "object",
            "properties": {
                "ce_source": {
                    "type": "string",
                    "description": "the source of readings that name none, in binary mode",
                },
                "ce_tenantid": {"type": "string", "description": "the tenant, else the default"},
            },
        },
        "payload": {"oneOf": [reading, {"type": "array", "items": reading}]},
    }
    return messages


if __name__ == "__main__":
    write()
