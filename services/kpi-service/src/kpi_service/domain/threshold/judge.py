"""Judges one observation after the other; everything it needs to remember is in the state.

Rule by rule: a reading beyond the bound lengthens the rule's run, any other ends the run; a run as
long as the rule asks, in readings and in time, makes the rule fire; it fires until a reading is at
or past its recovery bound. The severity is that of the gravest rule that fires.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from kpi_service.domain.threshold.changes import Change, Changed, Ended, Opened
from kpi_service.domain.threshold.observation import Observation
from kpi_service.domain.threshold.policy import RANK, Policy, Rule
from kpi_service.domain.threshold.state import (
    FIRING,
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
    open_breach,
)


def judge(
    policy: Policy, state: ThresholdState, reading: Observation
) -> tuple[ThresholdState, Sequence[Change]]:
    """The state after `reading`, and what changed: one breach opens once, however long it lasts.

    Readings come in the order of their places. When another policy has taken hold since, runs start
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
        calm: ThresholdState = NORMAL
        if any(one.run for one in watches):
            calm = Pending(policy.number, watches, reading.observed_at)
        if before is None:
            return calm, ()
        return calm, (Ended(reading.value, reading.place, before.readings),)
    gravest, cause = max(firing, key=_gravity)
    breach, changes = _breach(before, gravest, cause, reading)
    # Why and since when a rule fires is of no consequence once it does.
    watches = tuple(FIRING if watch.firing else watch for watch in watches)
    if not any(rule.is_breached_by(reading.value) for rule, _ in firing):
        return Recovering(policy.number, watches, reading.observed_at, breach), changes
    in_breach = InCritical if gravest.severity == "critical" else InWarning
    return in_breach(policy.number, watches, reading.observed_at, breach), changes


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
    return FIRING


def _watch(rule: Rule, watch: Watch, reading: Observation) -> Watch:
    if not rule.is_breached_by(reading.value):
        holds = watch.firing and not rule.is_recovered_by(reading.value)
        return FIRING if holds else IDLE
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
    before: Breach | None, rule: Rule, watch: Watch, reading: Observation
) -> tuple[Breach, Sequence[Change]]:
    if before is None:
        opened_at = watch.since or reading.observed_at
        breach = Breach(rule.severity, watch.run)
        opened = Opened(
            rule.contract, rule.severity, reading.value, opened_at, reading.place, watch.run
        )
        return breach, (opened,)
    breach = Breach(rule.severity, before.readings + 1)
    if breach.severity == before.severity:
        return breach, ()
    return breach, (Changed(rule.severity, reading.value, reading.place),)
