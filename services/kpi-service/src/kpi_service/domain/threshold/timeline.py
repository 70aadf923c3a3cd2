"""A KPI's policies in the order of time, and the fold of its observations under them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kpi_service.domain.threshold.changes import Change, Ended
from kpi_service.domain.threshold.judge import judge
from kpi_service.domain.threshold.observation import Observation
from kpi_service.domain.threshold.policy import Policy, next_change, policy_at
from kpi_service.domain.threshold.state import NORMAL, Normal, ThresholdState, open_breach

_UNCHANGED: Sequence[Change] = ()


class Timeline:
    """`policies` are ordered by the time they hold from."""

    __slots__ = ("_begins", "_ends", "_policy", "heeds_silence", "policies")

    def __init__(self, policies: Sequence[Policy]) -> None:
        self.policies = policies
        self.heeds_silence = any(one.good_silence is not None for one in policies)
        # The policy found last: those who fold ask for the same one again and again.
        self._policy: Policy | None = None
        self._begins: datetime | None = None
        self._ends = policies[0].effective_from if policies else None

    def at(self, moment: datetime) -> Policy | None:
        """The policy that holds at `moment`."""
        ends, begins = self._ends, self._begins
        if (ends is not None and moment >= ends) or (begins is not None and moment < begins):
            self._policy = policy_at(self.policies, moment)
            self._begins = None if self._policy is None else self._policy.effective_from
            self._ends = next_change(self.policies, moment)
        return self._policy

    def judge(
        self, state: ThresholdState, reading: Observation
    ) -> tuple[ThresholdState, Sequence[Change]]:
        """The state after `reading` and the silence before it, and what changed.

        Readings come in the order of their places. Before the first policy nothing is judged.
        """
        changes = _UNCHANGED
        if state is not NORMAL and self.heeds_silence:
            heard_at = reading.observed_at if reading.since is None else reading.since
            state, changes = self.fall_silent(state, heard_at)
        policy = self.at(reading.observed_at)
        if policy is None or (state is NORMAL and not policy.is_breached_by(reading.value)):
            return state, changes
        state, judged = judge(policy, state, reading)
        return state, (*changes, *judged) if changes else judged

    def fall_silent(
        self, state: ThresholdState, before: datetime
    ) -> tuple[ThresholdState, Sequence[Change]]:
        """The state when nothing was observed since the last reading judged and until `before`."""
        silent_at = self.silent_at(state)
        if silent_at is None or silent_at >= before:
            return state, _UNCHANGED
        breach = open_breach(state)
        if breach is None:
            return NORMAL, _UNCHANGED
        return NORMAL, (Ended(None, (silent_at, ""), breach.readings),)

    def silent_at(self, state: ThresholdState) -> datetime | None:
        """When silence brings the state back to normal: once it is longer than what a policy that
        takes it for good waits, or at once when such a policy takes hold after that long.

        None where no policy does, or the state is normal.
        """
        if isinstance(state, Normal) or not self.heeds_silence:
            return None
        for place, policy in enumerate(self.policies):
            ends = self._begins_after(place)
            patience = policy.good_silence
            if patience is None or (ends is not None and ends <= state.last):
                continue
            silent_at = max(state.last + patience, policy.effective_from)
            if ends is None or silent_at < ends:
                return silent_at
        return None

    def _begins_after(self, place: int) -> datetime | None:
        following = self.policies[place + 1 : place + 2]
        return following[0].effective_from if following else None
