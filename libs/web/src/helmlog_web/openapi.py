"""Makes the generated OpenAPI document say what errors look like."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from helmlog_web import headers
from helmlog_web.documented import PROBLEM_CONTENT, document_problems

_SCHEMA: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "An error as RFC 9457 has it; members beyond these depend on its type.",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Stable; match on this."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "pattern": "^#(/.*)?$",
                        "description": "JSON pointer into the body, as a URI fragment.",
                    },
                    "in": {"type": "string", "enum": ["path", "query", "header", "cookie"]},
                    "name": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": description, "content": PROBLEM_CONTENT}
    for status, description in (
        ("4XX", "The request is at fault, or in conflict."),
        ("5XX", "The service is, or something it needs is away."),
    )
}
"""Stands at every operation beside the statuses told one by one: no other shape is promised."""

COMMAND_SCHEME: Final = "command"
"""Marks, until the document is made, the operations that take a command's headers. Declared as
parameters, FastAPI would validate them on every request, which nobody needs: they are text.
"""

_COMMAND_HEADERS: Final[list[dict[str, Any]]] = [
    {
        "name": headers.IDEMPOTENCY_KEY,
        "in": "header",
        "required": False,
        "description": "1 to 255 visible ASCII characters; the same key is answered once.",
        "schema": {"type": "string"},
    },
    {
        "name": headers.IF_MATCH,
        "in": "header",
        "required": False,
        "description": 'The ETag the write rests on, as in "3".',
        "schema": {"type": "string"},
    },
]


def install_openapi(app: FastAPI) -> None:
    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas["Problem"] = _SCHEMA
            _document_operations(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def _document_operations(document: dict[str, Any]) -> None:
    schemes = document["components"].get("securitySchemes", {})
    if COMMAND_SCHEME in schemes:
        schemes["bearer"] = schemes.pop(COMMAND_SCHEME)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            command = {COMMAND_SCHEME: []} in operation.get("security", ())
            if command:
                operation["security"] = [{"bearer": []}]
                operation.setdefault("parameters", []).extend(_COMMAND_HEADERS)
            document_problems(path, method, operation, command=command)
