"""A threshold policy, compiled from its event for judging many readings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.kpi import (
    OnNoData,
    Period,
    Severity,
    ThresholdPolicySet,
    ThresholdRule,
)

from kpi_service.domain.durations import parse_duration

RANK: dict[Severity, int] = {"warning": 1, "critical": 2}
_INFINITY = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Rule:
    """One bound; the bound itself is still good."""

    contract: ThresholdRule
    severity: Severity
    rank: int
    above: bool
    bound: Decimal
    recover: Decimal
    for_readings: int
    for_duration: timedelta

    def is_breached_by(self, value: Decimal) -> bool:
        return value > self.bound if self.above else value < self.bound

    def is_recovered_by(self, value: Decimal) -> bool:
        return value <= self.recover if self.above else value >= self.recover


@dataclass(frozen=True, slots=True)
class Policy:
    """Holds for what is observed from `effective_from` on; `number` tells policies of a KPI apart.

    A value in `floor..ceiling` breaches no rule. With a `period`, its values are judged, each at
    its end; without, every reading.
    """

    kpi_id: UUID
    number: int
    effective_from: datetime
    rules: tuple[Rule, ...]
    floor: Decimal
    ceiling: Decimal
    no_data_after: timedelta | None
    on_no_data: OnNoData
    period: Period | None = None

    @property
    def good_silence(self) -> timedelta | None:
        """How long a silence has to be to end a breach; none where it never does."""
        return self.no_data_after if self.on_no_data == "ok" else None

    def is_breached_by(self, value: Decimal) -> bool:
        return not self.floor <= value <= self.ceiling


def compile_policy(event: ThresholdPolicySet, number: int) -> Policy:
    """Raises `DurationUnreadable`."""
    rules = tuple(_rule(rule) for rule in event.rules)
    return Policy(
        kpi_id=event.kpi_id,
        number=number,
        effective_from=event.effective_from,
        rules=rules,
        floor=max((rule.bound for rule in rules if not rule.above), default=-_INFINITY),
        ceiling=min((rule.bound for rule in rules if rule.above), default=_INFINITY),
        no_data_after=parse_duration(event.no_data_after) if event.no_data_after else None,
        on_no_data=event.on_no_data,
        period=event.period,
    )


def policy_at(policies: Sequence[Policy], moment: datetime) -> Policy | None:
    """The policy that holds at `moment`; `policies` are ordered by the time they hold from."""
    place = bisect_right(policies, moment, key=_effective_from)
    return policies[place - 1] if place else None


def next_change(policies: Sequence[Policy], moment: datetime) -> datetime | None:
    """When a later policy takes over from the one that holds at `moment`."""
    place = bisect_right(policies, moment, key=_effective_from)
    return policies[place].effective_from if place < len(policies) else None


def with_policy(policies: Sequence[Policy], policy: Policy) -> tuple[Policy, ...]:
    """Adds it in its place; one set again for the same moment replaces the one before."""
    kept = [one for one in policies if one.effective_from != policy.effective_from]
    return tuple(sorted([*kept, policy], key=_effective_from))


def _effective_from(policy: Policy) -> datetime:
    return policy.effective_from


def _rule(rule: ThresholdRule) -> Rule:
    return Rule(
        contract=rule,
        severity=rule.severity,
        rank=RANK[rule.severity],
        above=rule.when == "above",
        bound=rule.value,
        recover=rule.recover,
        for_readings=rule.for_readings,
        for_duration=parse_duration(rule.for_duration) if rule.for_duration else timedelta(0),
    )
