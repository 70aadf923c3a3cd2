"""Since when a source has been silent for too long, and when to look again.

It is what `domain.health.is_silent` says, with a beginning: the two agree at every moment, but for
a KPI that was never measured. That one has no data at once, and is silent only when the time its
policy names has gone by since the policy held and was set.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from helmlog_events.contracts.kpi import OnNoData, ThresholdPolicySet

from kpi_service.domain.kpi.state import KPI
from kpi_service.domain.threshold.policy import Policy

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """What the policy in force says of silence; `since` is when it, or service, began to hold."""

    after: timedelta
    phrase: str
    means: OnNoData
    since: datetime
    set_at: datetime


@dataclass(frozen=True, slots=True)
class Watched:
    """A KPI with its newest reading; `policies_set_at` tells when each policy, by the time it holds
    from, was set.
    """

    kpi: KPI
    observed_at: datetime | None
    policies_set_at: Mapping[datetime, datetime]

    def changes(self) -> list[datetime]:
        """When policies, and its service or retirement, begin to hold."""
        policies = [one.effective_from for one in self.kpi.policies]
        return policies + [one.effective_from for one in self.kpi.service]

    def rule_at(self, moment: datetime) -> Rule | None:
        """None where silence means nothing: no policy says so, or it is not measured."""
        found = _policy_at(self.kpi, moment)
        if found is None or not self.kpi.is_measured_at(moment):
            return None
        policy, event = found
        if policy.no_data_after is None or event.no_data_after is None:
            return None
        served = [one.effective_from for one in self.kpi.service if one.effective_from <= moment]
        return Rule(
            policy.no_data_after,
            event.no_data_after,
            event.on_no_data,
            since=max([policy.effective_from, *served]),
            set_at=self.policies_set_at[policy.effective_from],
        )

    def silent_since(self, moment: datetime) -> datetime | None:
        """Since when it has been silent at `moment`; None while it is heard."""
        rule = self.rule_at(moment)
        if rule is None:
            return None
        limit = self._limit(rule)
        return max(limit, rule.since) if moment > limit else None

    def next_change_at(self, moment: datetime) -> datetime | None:
        """The first instant after `moment` at which another rule may hold."""
        return min((since for since in self.changes() if since > moment), default=None)

    def look_again_at(self, moment: datetime) -> datetime | None:
        """The first instant after `moment` at which the answer may be another without a reading."""
        instants = [self.next_change_at(moment)]
        rule = self.rule_at(moment)
        if rule is not None and rule.means != "keep":
            instants.append(_later(self._limit(rule), _INSTANT))
        return min((one for one in instants if one is not None and one > moment), default=None)

    def _limit(self, rule: Rule) -> datetime:
        """The last instant at which silence still means nothing."""
        return _later(self.observed_at or max(rule.since, rule.set_at), rule.after)


def _policy_at(kpi: KPI, moment: datetime) -> tuple[Policy, ThresholdPolicySet] | None:
    place = bisect_right([policy.effective_from for policy in kpi.policies], moment)
    return (kpi.policies[place - 1], kpi.policy_events[place - 1]) if place else None


def _later(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:  # a policy may begin at the end of the calendar
        return datetime.max.replace(tzinfo=moment.tzinfo)
