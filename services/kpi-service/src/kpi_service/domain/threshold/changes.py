"""What judging an observation can bring about, before anybody has given the breach an id."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from helmlog_events.contracts.kpi import Severity, ThresholdRule

from kpi_service.domain.threshold.observation import Place


class Opened(NamedTuple):
    """`rule` fired at `place`, after `readings` bad ones of which the first is at `opened_at`."""

    rule: ThresholdRule
    severity: Severity
    value: Decimal
    opened_at: datetime
    place: Place
    readings: int


class Changed(NamedTuple):
    """The severity of the open breach is another from `place` on."""

    severity: Severity
    value: Decimal
    place: Place


class Ended(NamedTuple):
    """`value` is none where silence ended it; its place then has no source.

    `readings` counts those from the first that led to the breach up to the one that ended it.
    """

    value: Decimal | None
    place: Place
    readings: int


Change = Opened | Changed | Ended
