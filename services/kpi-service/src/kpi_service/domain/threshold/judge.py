"""Judges one reading after the other; everything it needs to remember is in the state.

Rule by rule: a reading beyond the bound lengthens the rule's run, any other ends the run; a run as
long as the rule asks, in readings and in time, makes the rule fire; it fires until a reading is at
or past its recovery bound. The severity is that of the gravest rule that fires.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, assert_never

from helmlog_events.contracts.kpi import (
    KPIThresholdBreached,
    KPIThresholdEscalated,
    KPIThresholdRecovered,
)

from kpi_service.domain.threshold.events import ThresholdEvent
from kpi_service.domain.threshold.policy import RANK, Policy, Rule
from kpi_service.domain.threshold.state import (
    IDLE,
    NORMAL,
    Breach,
    InCritical,
    InWarning,
    Normal,
    Pending,
    Recovering,
    ThresholdState,
    Watch,
    breach_id,
    open_breach,
)


class Observation(NamedTuple):
    """A reading as far as thresholds go."""

    observed_at: datetime
    value: Decimal


def judge(
    policy: Policy, state: ThresholdState, reading: Observation
) -> tuple[ThresholdState, Sequence[ThresholdEvent]]:
    """The state after `reading`, and what is to be said: an event a change, none for more of it.

    Readings come in order of `observed_at`. When another policy has taken hold since, runs start
    anew, and an open breach is held on by those of its rules, up to the breach's severity, that
    `reading` has not recovered.
    """
    before = open_breach(state)
    watches = tuple(
        _watch(rule, watch, reading)
        for rule, watch in zip(policy.rules, _watches(policy, state, before, reading), strict=True)
    )
    firing = [
        (rule, watch) for rule, watch in zip(policy.rules, watches, strict=True) if watch.firing
    ]
    if not firing:
        calm = Pending(policy.number, watches) if any(one.run for one in watches) else NORMAL
        return calm, () if before is None else (_recovered(policy, before, reading),)
    gravest, cause = max(firing, key=_gravity)
    breach, events = _breach(policy, before, gravest, cause, reading)
    if not any(rule.is_breached_by(reading.value) for rule, _ in firing):
        return Recovering(policy.number, watches, breach), events
    in_breach = InCritical if gravest.severity == "critical" else InWarning
    return in_breach(policy.number, watches, breach), events


def _watches(
    policy: Policy, state: ThresholdState, breach: Breach | None, reading: Observation
) -> tuple[Watch, ...]:
    match state:
        case Normal():
            return (IDLE,) * len(policy.rules)
        case Pending() | InWarning() | InCritical() | Recovering():
            if state.policy == policy.number:
                return state.watches
            return tuple(_taken_over(rule, breach, reading) for rule in policy.rules)
        case _ as unreachable:
            assert_never(unreachable)


def _taken_over(rule: Rule, breach: Breach | None, reading: Observation) -> Watch:
    if breach is None or rule.rank > RANK[breach.severity] or rule.is_recovered_by(reading.value):
        return IDLE
    return Watch(firing=True)


def _watch(rule: Rule, watch: Watch, reading: Observation) -> Watch:
    if not rule.is_breached_by(reading.value):
        holds = watch.firing and not rule.is_recovered_by(reading.value)
        return Watch(firing=True) if holds else IDLE
    if watch.firing:
        return watch
    run = watch.run + 1
    since = watch.since or reading.observed_at
    fires = run >= rule.for_readings and reading.observed_at - since >= rule.for_duration
    return Watch(run, since, fires)


def _gravity(pair: tuple[Rule, Watch]) -> tuple[int, int]:
    rule, watch = pair
    return rule.rank, watch.run


def _breach(
    policy: Policy, before: Breach | None, rule: Rule, watch: Watch, reading: Observation
) -> tuple[Breach, Sequence[ThresholdEvent]]:
    if before is None:
        opened_at = watch.since or reading.observed_at
        identity = breach_id(policy.kpi_id, reading.observed_at)
        breach = Breach(identity, rule.severity, opened_at, watch.run)
        return breach, (_breached(policy, breach, rule, reading),)
    breach = replace(before, severity=rule.severity, readings=before.readings + 1)
    if breach.severity == before.severity:
        return breach, ()
    return breach, (_escalated(policy, before, breach, reading),)


def _breached(
    policy: Policy, breach: Breach, rule: Rule, reading: Observation
) -> KPIThresholdBreached:
    return KPIThresholdBreached(
        breach_id=breach.id,
        kpi_id=policy.kpi_id,
        severity=breach.severity,
        rule=rule.contract,
        value=reading.value,
        opened_at=breach.opened_at,
        observed_at=reading.observed_at,
        readings=breach.readings,
    )


def _escalated(
    policy: Policy, before: Breach, breach: Breach, reading: Observation
) -> KPIThresholdEscalated:
    return KPIThresholdEscalated(
        breach_id=breach.id,
        kpi_id=policy.kpi_id,
        severity=breach.severity,
        previous=before.severity,
        value=reading.value,
        observed_at=reading.observed_at,
    )


def _recovered(policy: Policy, breach: Breach, reading: Observation) -> KPIThresholdRecovered:
    return KPIThresholdRecovered(
        breach_id=breach.id,
        kpi_id=policy.kpi_id,
        severity=breach.severity,
        value=reading.value,
        observed_at=reading.observed_at,
        readings=breach.readings,
    )
