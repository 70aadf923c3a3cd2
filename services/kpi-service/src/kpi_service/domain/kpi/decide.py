"""What may be done to a KPI's definition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

from helmlog_events.contracts.kpi import Period, ThresholdPolicySet, ThresholdRule
from helmlog_events.values import plain

from kpi_service.domain.durations import DurationUnreadable, parse_duration
from kpi_service.domain.kpi.definition import DefineKPI, Fields, ReviseKPI, define, revise
from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.kpi.refusals import (
    AlreadyDefined,
    DurationRefused,
    FiscalCalendarNeeded,
    KPIUnknown,
    PeriodAmiss,
    RecoveryInsideBreach,
    RuleRepeated,
    RulesOverlap,
)
from kpi_service.domain.kpi.service import RetireKPI, ReviveKPI, retire, revive
from kpi_service.domain.kpi.state import KPI, KPIState, Undefined
from kpi_service.domain.kpi.targets import (
    SetTarget,
    WithdrawTarget,
    set_target,
    withdraw_target,
)
from kpi_service.domain.threshold.policy import compile_policy

__all__ = [
    "DefineKPI",
    "Fields",
    "KPICommand",
    "RetireKPI",
    "ReviseKPI",
    "ReviveKPI",
    "SetTarget",
    "SetThresholdPolicy",
    "WithdrawTarget",
    "decide",
]


@dataclass(frozen=True, slots=True)
class SetThresholdPolicy:
    """Holds for what is observed from `effective_from` on: what was judged already is again.

    What is judged are readings, or by `evaluate` "period" the values of each `period`.
    """

    kpi_id: UUID
    effective_from: datetime
    rules: tuple[ThresholdRule, ...]
    no_data_after: str | None
    on_no_data: Literal["alert", "keep", "ok"]
    at: datetime
    evaluate: Literal["reading", "period"] = "reading"
    period: Period | None = None


KPICommand = (
    DefineKPI | ReviseKPI | RetireKPI | ReviveKPI | SetTarget | WithdrawTarget | SetThresholdPolicy
)


def decide(command: KPICommand, state: KPIState) -> list[KPIEvent]:
    """The events that follow, none when nothing would change. Raises a `Refusal`."""
    if isinstance(command, DefineKPI):
        if isinstance(state, KPI):
            raise AlreadyDefined(command.definition.kpi_id)
        return [*define(command.definition)]
    if isinstance(state, Undefined):
        raise KPIUnknown(command.kpi_id)
    match command:
        case ReviseKPI():
            return [*revise(command, state)]
        case RetireKPI():
            return [*retire(command, state)]
        case ReviveKPI():
            return [*revive(command, state)]
        case SetThresholdPolicy():
            return _set_policy(command, state)
        case SetTarget():
            return [*set_target(command, state)]
        case WithdrawTarget():
            return [*withdraw_target(command, state)]
        case _ as unreachable:
            assert_never(unreachable)


def _set_policy(command: SetThresholdPolicy, kpi: KPI) -> list[KPIEvent]:
    seen: set[tuple[str, str]] = set()
    for place, rule in enumerate(command.rules):
        if (rule.severity, rule.when) in seen:
            raise RuleRepeated(place, rule)
        seen.add((rule.severity, rule.when))
        if (rule.recover < rule.value) if rule.when == "below" else (rule.recover > rule.value):
            raise RecoveryInsideBreach(place, rule)
        _check_duration(f"rules/{place}/for_duration", rule.for_duration)
    _check_duration("no_data_after", command.no_data_after)
    _check_period(command, kpi)
    policy = ThresholdPolicySet(
        kpi_id=command.kpi_id,
        effective_from=command.effective_from,
        evaluate=command.evaluate,
        period=command.period,
        rules=command.rules,
        no_data_after=command.no_data_after,
        on_no_data=command.on_no_data,
    )
    compiled = compile_policy(policy, number=0)
    if compiled.floor > compiled.ceiling:
        raise RulesOverlap(plain(compiled.floor), plain(compiled.ceiling))
    return [] if policy in kpi.policy_events else [policy]


def _check_period(command: SetThresholdPolicy, kpi: KPI) -> None:
    period = command.period
    if (command.evaluate == "period") != (period is not None):
        raise PeriodAmiss(command.evaluate)
    if period is not None and period.startswith("fiscal_") and not kpi.definition.fiscal_calendar:
        raise FiscalCalendarNeeded(period)


def _check_duration(field: str, text: str | None) -> None:
    if text is None:
        return
    try:
        parse_duration(text)
    except DurationUnreadable as error:
        raise DurationRefused(field, error) from error
