"""JSON, NDJSON and CSV: from a body to rows, one unreadable row at a time."""

from __future__ import annotations

from collections.abc import Callable

from kpi_service.application.formats.batches import (
    Batch,
    RowParser,
    batches_of_json,
    batches_of_lines,
)
from kpi_service.application.formats.csv_rows import CSVRows
from kpi_service.application.formats.lines import Chunk
from kpi_service.application.formats.ndjson_rows import NDJSONRows
from kpi_service.application.formats.unreadable import BodyUnreadable

__all__ = [
    "JSON",
    "LINE_PARSERS",
    "READ",
    "Batch",
    "BodyUnreadable",
    "Chunk",
    "batches_of_json",
    "batches_of_lines",
]

JSON = "application/json"

LINE_PARSERS: dict[str, Callable[[], RowParser]] = {
    "application/x-ndjson": NDJSONRows,
    "application/jsonl": NDJSONRows,
    "text/csv": CSVRows,
}
"""By content type, the formats that are streamed."""

READ = (JSON, *LINE_PARSERS)
"""The content types of readings."""
