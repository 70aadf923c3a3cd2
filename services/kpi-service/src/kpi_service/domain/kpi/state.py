"""A KPI as its events define it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import assert_never

from helmlog_events.contracts.kpi import (
    KPIDefined,
    KPIRevised,
    KPITargetSet,
    ThresholdPolicySet,
)

from kpi_service.domain.kpi.events import KPIEvent
from kpi_service.domain.threshold.policy import Policy, compile_policy, with_policy


@dataclass(frozen=True, slots=True)
class Undefined:
    """Nothing stands under this id."""


@dataclass(frozen=True, slots=True)
class Target:
    effective_from: datetime
    target: Decimal


@dataclass(frozen=True, slots=True)
class KPI:
    """`definition` carries the revised fields; `policies` and `targets` are ordered by time.

    `policy_events` are the policies in force as they were written, in the order of `policies`.
    """

    definition: KPIDefined
    policies: tuple[Policy, ...] = ()
    policy_events: tuple[ThresholdPolicySet, ...] = ()
    targets: tuple[Target, ...] = ()
    policies_set: int = 0

    def target_at(self, moment: datetime) -> Decimal | None:
        place = bisect_right(self.targets, moment, key=_effective_from)
        return self.targets[place - 1].target if place else None


KPIState = Undefined | KPI

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
        case KPITargetSet(), KPI():
            return replace(state, targets=_with_target(state.targets, event))
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
    kept = [one for one in kpi.policy_events if one.effective_from != event.effective_from]
    return replace(
        kpi,
        policies=with_policy(kpi.policies, compile_policy(event, number)),
        policy_events=tuple(sorted([*kept, event], key=_effective_from)),
        policies_set=number,
    )


def _with_target(targets: Sequence[Target], event: KPITargetSet) -> tuple[Target, ...]:
    kept = [one for one in targets if one.effective_from != event.effective_from]
    added = Target(event.effective_from, event.target)
    return tuple(sorted([*kept, added], key=_effective_from))


def _effective_from(one: Target | ThresholdPolicySet) -> datetime:
    return one.effective_from
