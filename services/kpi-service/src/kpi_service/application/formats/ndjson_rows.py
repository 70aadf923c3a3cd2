from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from kpi_service.application.formats.lines import Line
from kpi_service.application.refused import RowRefused


class NDJSONRows:
    """A reading a line.

    Line by line: decoding a chunk as one array takes longer, and two broken lines may then make a
    whole one.
    """

    def parse(self, lines: Sequence[Line], *, last: bool) -> list[Any]:
        del last  # a line is a row, wherever the body is cut
        try:
            return [orjson.loads(line) for line in lines]  # type: ignore[arg-type]  # a refused one raises
        except (orjson.JSONDecodeError, TypeError):
            return [_row(line) for line in lines]


def _row(line: Line) -> Any:
    if isinstance(line, RowRefused):
        return line
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return RowRefused(f"the line is not JSON: {error}")
