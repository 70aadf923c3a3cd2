from __future__ import annotations

from typing import Final

from helmlog_web.problems import Refusals

from kpi_service.api.errors.refused import refused
from kpi_service.domain.kpi import refusals as kpi

REFUSALS: Final[Refusals] = {
    kpi.KPIUnknown: refused("unknown-kpi", "There is no such KPI", status=404),
    kpi.AlreadyDefined: refused("kpi-already-defined", "The KPI is defined", status=409),
    kpi.SlugTaken: refused("slug-taken", "The slug belongs to another KPI", "/slug", status=409),
    kpi.SlugUnusable: refused("slug-unusable", "This can't be a slug", "/slug"),
    kpi.TimezoneUnknown: refused("unknown-timezone", "There is no such timezone", "/timezone"),
    kpi.DurationRefused: refused(
        "duration-unreadable", "This is no usable duration", lambda refusal: f"/{refusal.field}"
    ),
    kpi.NothingToRevise: refused("nothing-to-revise", "The revision names no field", ""),
    kpi.CounterNotSummed: refused(
        "counter-not-summed", "A counter's value in a period is its rise", "/aggregation"
    ),
    kpi.ParentUnknown: refused(
        "unknown-parent", "There is no such KPI to be a part of", "/parent_id"
    ),
    kpi.PartOfItself: refused("part-of-itself", "No KPI is a part of itself", "/parent_id"),
    kpi.AlreadyRetired: refused("kpi-retired", "The KPI is retired already", status=409),
    kpi.NotRetired: refused("kpi-not-retired", "The KPI is in service", status=409),
    kpi.BandNotWithin: refused(
        "band-not-within", "Only what should stay within has an upper bound", "/upper"
    ),
    kpi.BandReversed: refused("band-reversed", "The upper bound lies above the target", "/upper"),
    kpi.BandOfBudget: refused("band-of-budget", "A budget is one figure", "/upper"),
    kpi.BandsStand: refused(
        "bands-stand", "Targets with an upper bound hold or will", "/direction", status=409
    ),
    kpi.FiscalCalendarNeeded: refused(
        "fiscal-calendar-needed", "A fiscal period needs a fiscal calendar", "/period"
    ),
    kpi.FiscalCalendarUsed: refused(
        "fiscal-calendar-used",
        "Fiscal periods are cut by the calendar",
        "/fiscal_calendar",
        status=409,
    ),
    kpi.NoTargetToWithdraw: refused(
        "no-target-to-withdraw", "There is no such target", "/effective_from"
    ),
}
