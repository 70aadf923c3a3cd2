"""Makes the generated OpenAPI document say what errors look like."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from helmlog_web import headers
from helmlog_web.problems import MEDIA_TYPE

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
_CONTENT: Final = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}

RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"description": "The request is at fault, or in conflict.", "content": _CONTENT},
    "5XX": {"description": "The service is, or something it needs is away.", "content": _CONTENT},
}
"""Stands at every operation, so that no other shape of error is promised."""

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
            _document_commands(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way


def _document_commands(document: dict[str, Any]) -> None:
    schemes = document["components"].get("securitySchemes", {})
    if COMMAND_SCHEME not in schemes:
        return
    schemes["bearer"] = schemes.pop(COMMAND_SCHEME)
    for operations in document["paths"].values():
        for operation in operations.values():
            if {COMMAND_SCHEME: []} in operation.get("security", ()):
                operation["security"] = [{"bearer": []}]
                operation.setdefault("parameters", []).extend(_COMMAND_HEADERS)
