"""What a KPI is: its definition, and what of it may change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from helmlog_events.contracts.kpi import KPIDefined, KPIRevised

from kpi_service.domain.durations import DurationUnreadable, check_cadence
from kpi_service.domain.kpi.refusals import (
    BandsStand,
    CounterNotSummed,
    DurationRefused,
    FiscalCalendarUsed,
    NothingToRevise,
    PartOfItself,
    SlugUnusable,
    TimezoneUnknown,
)
from kpi_service.domain.kpi.state import KPI

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_READS_AS_ID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.ASCII)

Revisable = Literal[
    "name",
    "definition",
    "unit",
    "rate",
    "direction",
    "type",
    "level",
    "cadence",
    "fiscal_calendar",
    "owner",
    "org_unit",
    "key",
    "parent_id",
]
Fields = dict[Revisable, str | bool | UUID | None]


@dataclass(frozen=True, slots=True)
class DefineKPI:
    """`definition` holds the fields as they will be recorded."""

    definition: KPIDefined
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviseKPI:
    """Only the fields named are set; `None` clears what may be empty.

    `above` are the parent that is named, if one is, and all that it is a part of.
    """

    kpi_id: UUID
    fields: Fields
    at: datetime
    above: tuple[UUID, ...] = ()


def define(definition: KPIDefined) -> list[KPIDefined]:
    if not _SLUG.fullmatch(definition.slug) or _READS_AS_ID.fullmatch(definition.slug):
        raise SlugUnusable(definition.slug)
    _check_cadence(definition.cadence)
    try:
        ZoneInfo(definition.timezone)
    except (ValueError, OSError, LookupError) as error:
        raise TimezoneUnknown(definition.timezone) from error
    if definition.measure == "counter" and definition.aggregation != "sum":
        raise CounterNotSummed(definition.aggregation)
    return [definition]


def revise(command: ReviseKPI, kpi: KPI) -> list[KPIRevised]:
    if not command.fields:
        raise NothingToRevise
    changes = {
        name: value
        for name, value in command.fields.items()
        if getattr(kpi.definition, name) != value
    }
    if not changes:
        return []
    if isinstance(cadence := changes.get("cadence"), str):
        _check_cadence(cadence)
    if "direction" in changes:
        _check_no_band(kpi, command.at)
    if changes.get("fiscal_calendar", "") is None:
        _check_calendar_unused(kpi)
    if command.kpi_id in command.above:
        raise PartOfItself(command.kpi_id, command.above)
    named = {"kpi_id": command.kpi_id, "changed": tuple(sorted(changes))}
    return [KPIRevised.model_validate(named | dict(changes))]


def _check_cadence(text: str) -> None:
    try:
        check_cadence(text)
    except DurationUnreadable as error:
        raise DurationRefused("cadence", error) from error


def _check_no_band(kpi: KPI, moment: datetime) -> None:
    if any(one.upper is not None for one in kpi.targets_from(moment)):
        raise BandsStand


def _check_calendar_unused(kpi: KPI) -> None:
    """Also periods that are over are shown, and cut by it."""
    periods = [
        *(one.period for one in kpi.targets),
        *(one.period for one in kpi.formulas),
        *(one.period for one in kpi.policies),
    ]
    used = {period for period in periods if period is not None and period.startswith("fiscal_")}
    if used:
        raise FiscalCalendarUsed(tuple(sorted(used)))
