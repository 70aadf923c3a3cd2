"""The lines a key result was measured by, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from helmlog_events.contracts.okr import KeyResultDefinition

from okr_service.domain.key_result.measures import Measure, Milestones

MEASURED_BY: Final = frozenset(
    {
        "metric",
        "baseline",
        "target",
        "lower",
        "upper",
        "milestones",
        "commit",
        "stretch",
        "relative",
        "curve",
        "due_on",
        "unit",
        "rate",
        "kpi_id",
    }
)
"""What of a definition makes a new line when it changes."""


@dataclass(frozen=True, slots=True)
class Line:
    """`since` is none for the line it was added with; `measure` while a relative target waits."""

    since: datetime | None
    definition: KeyResultDefinition
    measure: Measure | None

    def holds_at(self, moment: datetime) -> bool:
        return self.since is None or self.since <= moment


def line_at(lines: Sequence[Line], moment: datetime) -> Line:
    """The line that holds at `moment`; lines are in order and the first has no beginning."""
    return next(line for line in reversed(lines) if line.holds_at(moment))


def fits(measure: Measure | None, value: Decimal | None) -> bool:
    """Whether `measure` says how far this is: milestones have no value, everything else does."""
    return measure is not None and isinstance(measure, Milestones) is (value is None)
