from __future__ import annotations

from typing import Any

import orjson

from kpi_service.application.formats.unreadable import BodyUnreadable


def rows_of_json(body: bytes) -> list[Any]:
    """An array of readings, or one. Raises `BodyUnreadable`."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BodyUnreadable(f"the body is not JSON: {error}") from error
    if isinstance(content, dict):
        return [content]
    if not isinstance(content, list):
        raise BodyUnreadable("the body is neither an array of readings nor a reading")
    return content
