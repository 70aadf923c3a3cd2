"""How refusals of threshold policies look over HTTP."""

from __future__ import annotations

from typing import Final

from helmlog_web.problems import Refusals

from kpi_service.api.errors.definitions import REFUSALS as DEFINITIONS
from kpi_service.api.errors.refused import refused
from kpi_service.domain.kpi import refusals as kpi

REFUSALS: Final[Refusals] = {
    kpi.DurationRefused: DEFINITIONS[kpi.DurationRefused],
    kpi.RecoveryInsideBreach: refused(
        "recovery-inside-breach",
        "The recovery bound lies on the bad side",
        lambda refusal: f"/rules/{refusal.place}/recover",
    ),
    kpi.RuleRepeated: refused(
        "rule-repeated",
        "A severity has one bound a side",
        lambda refusal: f"/rules/{refusal.place}",
    ),
    kpi.PeriodAmiss: refused("period-amiss", "A period goes with evaluate period", "/period"),
    kpi.FiscalCalendarNeeded: DEFINITIONS[kpi.FiscalCalendarNeeded],
    kpi.RulesOverlap: refused("rules-overlap", "The rules leave no value good", "/rules"),
}
