from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from helmlog_events.contracts.okr import KeyResultUpdated, ProgressRule, UpdateSource


@dataclass(frozen=True, slots=True)
class Measurement:
    """What an update said of a value true since `observed_at`; it is said so since `said_at`."""

    source: UpdateSource
    value: Decimal | None
    done: tuple[str, ...]
    progress: Decimal
    progress_raw: Decimal
    progress_rule: ProgressRule | None
    observed_at: datetime
    cause: str
    said_at: datetime


def measurement_of(event: KeyResultUpdated) -> Measurement:
    return Measurement(
        source=event.source,
        value=event.value,
        done=event.done,
        progress=event.progress,
        progress_raw=event.progress_raw,
        progress_rule=event.progress_rule,
        observed_at=event.observed_at,
        cause=event.cause,
        said_at=event.valid_from or event.observed_at,
    )
