"""A KPI as its events define it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar, assert_never, get_args

from helmlog_events.contracts.kpi import (
    KPIDefined,
    KPIFormulaSet,
    KPIRetired,
    KPIRevised,
    KPIRevived,
    KPITargetSet,
    KPITargetWithdrawn,
    Period,
    Purpose,
    ThresholdPolicySet,
)

from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.threshold.policy import Policy, compile_policy, with_policy


@dataclass(frozen=True, slots=True)
class Undefined:
    """Nothing stands under this id."""


@dataclass(frozen=True, slots=True)
class Target:
    """`target` is none from when on there is none; with `upper` it is a band."""

    effective_from: datetime
    target: Decimal | None
    upper: Decimal | None = None
    inclusive: bool = True
    period: Period | None = None
    purpose: Purpose = "target"
    phrase: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """Whether it is measured from `effective_from` on."""

    effective_from: datetime
    measured: bool
    reason: str


@dataclass(frozen=True, slots=True)
class KPI:
    """`definition` carries the revised fields; all else is ordered by the time it holds from.

    `policy_events` are the policies in force as they were written, in the order of `policies`.
    `targets` are those of every purpose and period. With `formulas` it is derived: its values are
    made of other KPIs'.
    """

    definition: KPIDefined
    policies: tuple[Policy, ...] = ()
    policy_events: tuple[ThresholdPolicySet, ...] = ()
    targets: tuple[Target, ...] = ()
    policies_set: int = 0
    formulas: tuple[KPIFormulaSet, ...] = ()
    service: tuple[Service, ...] = ()

    @property
    def is_derived(self) -> bool:
        return bool(self.formulas)

    def target_at(
        self, moment: datetime, period: Period | None = None, purpose: Purpose = "target"
    ) -> Target | None:
        """The one that holds at `moment` for the values of `period`, none for the current value."""
        of_kind = [one for one in self.targets if (one.period, one.purpose) == (period, purpose)]
        place = bisect_right(of_kind, moment, key=_effective_from)
        found = of_kind[place - 1] if place else None
        return None if found is None or found.target is None else found

    def formula_at(self, moment: datetime) -> KPIFormulaSet | None:
        place = bisect_right(self.formulas, moment, key=_effective_from)
        return self.formulas[place - 1] if place else None

    def is_measured_at(self, moment: datetime) -> bool:
        """False from its retirement on until it is revived."""
        return self.retirement_at(moment) is None

    def retirement_at(self, moment: datetime) -> Service | None:
        """Since when and why it is not measured at `moment`, none if it is."""
        place = bisect_right(self.service, moment, key=_effective_from)
        found = self.service[place - 1] if place else None
        return None if found is None or found.measured else found

    def targets_from(self, moment: datetime) -> list[Target]:
        """Those that hold at `moment`, and those that will."""
        return [
            one
            for one in self.targets
            if one.effective_from > moment or one is self.target_at(moment, one.period, one.purpose)
        ]

    def judging_target(self, moment: datetime) -> Target | None:
        """The one that the current value is judged by at `moment`.

        That is the one without a period; where there is none, that of the shortest period that has
        one, if the period's value is its last: the period that runs has then the current value. A
        sum, mean or count of a period that runs says nothing yet: it is judged when it is over,
        with the values by period.
        """
        whole = self.target_at(moment)
        if whole is not None or self.definition.aggregation != "last":
            return whole
        found = (self.target_at(moment, period) for period in get_args(Period))
        return next((one for one in found if one is not None), None)


KPIState = Undefined | KPI
Dated = Target | Service | KPIFormulaSet | ThresholdPolicySet
D = TypeVar("D", bound=Dated)

INITIAL = Undefined()


def evolve(state: KPIState, event: KPIEvent) -> KPIState:
    match event, state:
        case KPIDefined(), _:
            return KPI(event)
        case _, Undefined():
            return state  # the first event of the stream defines: nothing comes before it
        case KPIRevised(), KPI():
            changes = {name: getattr(event, name) for name in event.changed}
            return replace(state, definition=state.definition.model_copy(update=changes))
        case KPIRetired() | KPIRevived(), KPI():
            change = Service(event.effective_from, isinstance(event, KPIRevived), event.reason)
            return replace(state, service=_with(state.service, change))
        case KPITargetSet() | KPITargetWithdrawn(), KPI():
            target = _target(event)
            return replace(state, targets=_with(state.targets, target))
        case KPIFormulaSet(), KPI():
            return replace(state, formulas=_with(state.formulas, event))
        case ThresholdPolicySet(), KPI():
            return _with_policy(state, event)
        case _ as unreachable:
            assert_never(unreachable)


def fold(events: Iterable[KPIEvent], state: KPIState = INITIAL) -> KPIState:
    for event in events:
        state = evolve(state, event)
    return state


def _with_policy(kpi: KPI, event: ThresholdPolicySet) -> KPI:
    number = kpi.policies_set + 1
    return replace(
        kpi,
        policies=with_policy(kpi.policies, compile_policy(event, number)),
        policy_events=_with(kpi.policy_events, event),
        policies_set=number,
    )


def _with(known: tuple[D, ...], one: D) -> tuple[D, ...]:
    """Adds it in its place; one of the same kind set again for the same moment is replaced."""
    kept = [other for other in known if _place(other) != _place(one)]
    return tuple(sorted([*kept, one], key=_effective_from))


def _place(one: Dated) -> tuple[object, ...]:
    if isinstance(one, Target):
        return one.effective_from, one.period, one.purpose
    return (one.effective_from,)


def _effective_from(one: Dated) -> datetime:
    return one.effective_from


def _target(event: KPITargetSet | KPITargetWithdrawn) -> Target:
    fields = {name: getattr(event, name) for name in type(event).model_fields if name != "kpi_id"}
    return Target(**{"target": None, **fields})
