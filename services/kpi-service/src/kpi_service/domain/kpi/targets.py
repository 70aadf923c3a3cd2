"""What is to be reached, and what may be spent, period by period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from helmlog_events.contracts.kpi import KPITargetSet, KPITargetWithdrawn, Period, Purpose
from helmlog_events.values import Number

from kpi_service.domain.kpi.refusals import (
    BandNotWithin,
    BandOfBudget,
    BandReversed,
    FiscalCalendarNeeded,
    NoTargetToWithdraw,
)
from kpi_service.domain.kpi.state import KPI, Target


@dataclass(frozen=True, slots=True)
class SetTarget:
    """With `upper` it is a band; `period` says whose value is meant, none the current one."""

    kpi_id: UUID
    effective_from: datetime
    target: Number
    at: datetime
    upper: Number | None = None
    inclusive: bool = True
    period: Period | None = None
    purpose: Purpose = "target"
    phrase: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawTarget:
    """From `effective_from` on there is none of that period and purpose, until a later one."""

    kpi_id: UUID
    effective_from: datetime
    at: datetime
    period: Period | None = None
    purpose: Purpose = "target"


@dataclass(frozen=True, slots=True)
class TargetStep:
    """A target, or that there is none, until the next of its period and purpose."""

    target: Target
    effective_until: datetime | None

    def holds_at(self, moment: datetime) -> bool:
        begun = self.target.effective_from <= moment
        return begun and (self.effective_until is None or moment < self.effective_until)


def steps_of(kpi: KPI) -> list[TargetStep]:
    """The history of all targets and budgets, in the order of the moments they hold from."""
    following: dict[tuple[Period | None, Purpose], datetime] = {}
    steps: list[TargetStep] = []
    for target in reversed(kpi.targets):
        kind = (target.period, target.purpose)
        steps.append(TargetStep(target, following.get(kind)))
        following[kind] = target.effective_from
    return steps[::-1]


def set_target(command: SetTarget, kpi: KPI) -> list[KPITargetSet]:
    if command.upper is not None:
        _check_band(command, command.upper, kpi)
    fiscal = command.period is not None and command.period.startswith("fiscal_")
    if fiscal and kpi.definition.fiscal_calendar is None:
        raise FiscalCalendarNeeded(command.period)
    target = Target(
        command.effective_from,
        command.target,
        command.upper,
        command.inclusive,
        command.period,
        command.purpose,
        command.phrase,
    )
    if target in kpi.targets:
        return []
    return [
        KPITargetSet(
            kpi_id=command.kpi_id,
            effective_from=command.effective_from,
            target=command.target,
            upper=command.upper,
            inclusive=command.inclusive,
            period=command.period,
            purpose=command.purpose,
            phrase=command.phrase,
        )
    ]


def withdraw_target(command: WithdrawTarget, kpi: KPI) -> list[KPITargetWithdrawn]:
    place = (command.period, command.purpose)
    if kpi.target_at(command.effective_from, *place) is None:
        if Target(command.effective_from, None, period=place[0], purpose=place[1]) in kpi.targets:
            return []  # asked twice, done once
        raise NoTargetToWithdraw(command.effective_from, *place)
    return [
        KPITargetWithdrawn(
            kpi_id=command.kpi_id,
            effective_from=command.effective_from,
            period=command.period,
            purpose=command.purpose,
        )
    ]


def _check_band(command: SetTarget, upper: Number, kpi: KPI) -> None:
    if command.purpose == "budget":
        raise BandOfBudget
    if kpi.definition.direction != "within":
        raise BandNotWithin(kpi.definition.direction)
    if upper <= command.target:
        raise BandReversed(command.target, upper)
