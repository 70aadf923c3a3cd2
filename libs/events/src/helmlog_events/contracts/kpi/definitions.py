"""What a KPI is: its definition, its targets and budgets, its formula."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from helmlog_events.contracts.event import REGISTRY, Event, Part, event
from helmlog_events.values import Instant, Number

Direction = Literal["up", "down", "within"]
KPIType = Literal["financial", "operational", "strategic"]
KPILevel = Literal["company", "department", "project"]
Aggregation = Literal["last", "sum", "mean", "min", "max", "count"]
Measure = Literal["gauge", "counter"]
Period = Literal[
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
    "fiscal_month",
    "fiscal_quarter",
    "fiscal_year",
]
Purpose = Literal["target", "budget"]


@event("KPIDefined", version=2)
class KPIDefined(Event):
    """`cadence` is an ISO 8601 duration; `timezone` an IANA name, in which periods are cut.

    Without a `direction` nobody said yet which way is good: no target judges it.

    A counter only rises, and starts anew at zero when what counts is restarted: its value in a
    period is what it rose by. `fiscal_calendar` names the one by which fiscal periods are cut,
    `parent_id` the KPI this one is a part of, `template` the catalogue's slug it was made from.
    """

    kpi_id: UUID
    slug: str
    name: str
    definition: str | None = None
    unit: str
    rate: str | None = None
    direction: Direction | None
    type: KPIType
    level: KPILevel
    cadence: str
    measure: Measure = "gauge"
    aggregation: Aggregation
    timezone: str
    fiscal_calendar: str | None = None
    owner: str | None = None
    org_unit: str | None = None
    key: bool = False
    parent_id: UUID | None = None
    template: str | None = None


@event("KPIRevised", version=2)
class KPIRevised(Event):
    """Only what changed is set, and named in `changed`."""

    kpi_id: UUID
    changed: tuple[str, ...]
    name: str | None = None
    definition: str | None = None
    unit: str | None = None
    rate: str | None = None
    direction: Direction | None = None
    type: KPIType | None = None
    level: KPILevel | None = None
    cadence: str | None = None
    fiscal_calendar: str | None = None
    owner: str | None = None
    org_unit: str | None = None
    key: bool | None = None
    parent_id: UUID | None = None


@event("KPIRetired")
class KPIRetired(Event):
    """From `effective_from` on it is measured no more: what is observed later is rejected."""

    kpi_id: UUID
    effective_from: Instant
    reason: str


@event("KPIRevived")
class KPIRevived(Event):
    """From `effective_from` on it is measured again."""

    kpi_id: UUID
    effective_from: Instant
    reason: str


@event("KPITargetSet", version=2)
class KPITargetSet(Event):
    """What is to be reached, or may be spent, from `effective_from` on until one set for later.

    `period` says whose value is meant, none the current one. Each (purpose, period) has a history
    of its own. A KPI that should rise reaches `target` from below, one that should fall from above,
    one that should stay within lies in `target..upper`. `inclusive`: the bound itself is reached.
    `phrase` is the target as people wrote it, where it was read from words.
    """

    kpi_id: UUID
    effective_from: Instant
    target: Number
    upper: Number | None = None
    inclusive: bool = True
    period: Period | None = None
    purpose: Purpose = "target"
    phrase: str | None = None


@event("KPITargetWithdrawn")
class KPITargetWithdrawn(Event):
    """From `effective_from` on there is none, until one is set for later."""

    kpi_id: UUID
    effective_from: Instant
    period: Period | None = None
    purpose: Purpose = "target"


class FormulaInput(Part):
    """`name` is how the expression calls the KPI."""

    name: str
    kpi_id: UUID


@event("KPIFormulaSet")
class KPIFormulaSet(Event):
    """How the value of each `period` that begins at `effective_from` or later comes about."""

    kpi_id: UUID
    effective_from: Instant
    expression: str
    inputs: tuple[FormulaInput, ...]
    period: Period


@event("KPIValueUndefined")
class KPIValueUndefined(Event):
    """A derived KPI has no value for the period from `starts_at` on; `reason` in words.

    `withdrawn` is the value that stood there before, if one did. `cause` names the event that
    brought it about, as `kpi/1204`.
    """

    kpi_id: UUID
    period: Period
    starts_at: Instant
    reason: str
    withdrawn: Number | None = None
    cause: str


@event("KPIsImported")
class KPIsImported(Event):
    """A catalogue file was read; `digest` is SHA-256, in hex, of its bytes."""

    import_id: UUID
    digest: str
    rows: int
    created: int
    revised: int
    unchanged: int
    rejected: int


@REGISTRY.upcast("KPIDefined", 1)
@REGISTRY.upcast("KPIRevised", 1)
@REGISTRY.upcast("KPITargetSet", 1)
def _lacked_what_has_a_default(data: dict[str, Any]) -> dict[str, Any]:
    return data
