"""When something is asked for, and what a KPI measured then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from helmlog_events.contracts.kpi import Severity

from kpi_service.domain.threshold.state import StateName


class Moment(NamedTuple):
    """When, in both times; `at` is what is judged by, now if neither is given.

    `up_to_seq` is where the log ended at `known_at`.
    """

    at: datetime
    valid_at: datetime | None = None
    known_at: datetime | None = None
    up_to_seq: int | None = None

    @property
    def is_now(self) -> bool:
        return self.valid_at is None and self.known_at is None


@dataclass(frozen=True, slots=True)
class Measurement:
    """What is known of a KPI; all None and `normal` before its first reading."""

    value: Decimal | None = None
    observed_at: datetime | None = None
    state: StateName = "normal"
    severity: Severity | None = None


UNMEASURED = Measurement()
