"""Reads that a client need not be sent again (RFC 9110, section 13)."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Header
from starlette.responses import Response

IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", description="ETags of what the client holds already."),
]
NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "The client holds it already."}
}


def conditional(body: bytes, tag: str, if_none_match: str | None) -> Response:
    """JSON text under the ETag `tag`; 304 without it if the client holds just that."""
    # A token decides what is seen, so that only the caller's own cache may keep it.
    fields = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    if if_none_match is not None and _is_among(tag, if_none_match):
        return Response(status_code=304, headers=fields)
    return Response(body, headers=fields, media_type="application/json")


def _is_among(tag: str, listed: str) -> bool:
    held = {part.strip().removeprefix("W/") for part in listed.split(",")}
    return "*" in held or f'"{tag}"' in held
