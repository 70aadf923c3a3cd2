"""The columns an import understands."""

from __future__ import annotations

from typing import Final

from helmlog_events.tables.columns import Columns

DEFAULT: Final = ("id", "parent_id", "kind", "owner", "title", "result", "score")
"""What a file of OKRs has, and an export gives."""

OBJECTIVE_ONLY: Final = ("why", "level", "team", "objective_kind")
KEY_RESULT_ONLY: Final = (
    "metric",
    "baseline",
    "target",
    "lower",
    "upper",
    "unit",
    "rate",
    "weight",
    "due_on",
    "value",
    "confidence",
)
EXTRA: Final = (*OBJECTIVE_ONLY, *KEY_RESULT_ONLY, "observed_at")
ALL: Final = (*DEFAULT, *EXTRA)
COLUMNS: Final = Columns(known=ALL, required=("id", "kind", "title"))
