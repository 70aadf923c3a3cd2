"""A board reads of a key result's updates the one said last and the one told last: that is enough.

Whatever is told in whichever order, they give the same present as the whole stream, at any moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.event import Event
from helmlog_events.contracts.okr import KeyResultUpdated
from hypothesis import given, settings
from hypothesis import strategies as st
from okr_service.application.decided import new_events
from okr_service.domain.key_result.commands import (
    CheckIn,
    GuardKeyResult,
    KeyResultCommand,
    ReviseKeyResult,
)
from okr_service.domain.key_result.decide import decide
from okr_service.domain.key_result.guardrail import guarded_since
from okr_service.domain.key_result.measurement import measurement_of
from okr_service.domain.key_result.parts import Breach
from okr_service.domain.key_result.revise import effective_from
from okr_service.domain.key_result.state import KeyResult, evolve_existing

from tests.okr.domain.examples import (
    END,
    KEY_RESULT_ID,
    START,
    a_cycle,
    a_key_result,
    added,
    an_objective,
)

GUARD = UUID(int=50)
ABOUT = {"key_result_id": KEY_RESULT_ID, "objective": an_objective(), "cycle": a_cycle()}

days = st.integers(0, 88).map(lambda day: START + timedelta(days=day))
values = st.integers(0, 60).map(Decimal)
check_ins = st.builds(
    lambda value, day: CheckIn(
        check_in_id=UUID(int=0), at=END, value=value, observed_at=day, **ABOUT
    ),
    values,
    days,
)
words = check_ins.map(lambda told: replace(told, value=None, confidence=5))
breaches = st.builds(
    lambda breach, day: GuardKeyResult(
        kpi_id=GUARD, breach=breach, observed_at=day, cause="kpi/1", **ABOUT
    ),
    st.sampled_from([None, Breach(UUID(int=60), "warning")]),
    days,
)
rebases = st.builds(
    lambda target, day: ReviseKeyResult(
        at=END, reason="x", version=1, changes={"target": target}, effective_from=day, **ABOUT
    ),
    st.integers(61, 99).map(Decimal),
    days,
)
histories = st.lists(st.one_of(check_ins, check_ins, words, breaches, rebases), max_size=14)


@dataclass
class Told:
    """The events of a key result, and since when each is true."""

    state: KeyResult
    log: list[tuple[Event, datetime]] = field(default_factory=list)

    def tell(self, command: KeyResultCommand) -> None:
        at = START
        match command:
            case CheckIn():
                command = replace(command, check_in_id=UUID(int=1000 + len(self.log)))
            case GuardKeyResult():
                at = guarded_since(command, self.state)
            case ReviseKeyResult(effective_from=since):
                last = self.state.revised_at
                command = replace(
                    command, effective_from=max(since, last or since), said=self.measured()
                )
                at = effective_from(command, self.state)
        events = decide(command, self.state)
        self.log += [(new.event, new.occurred_at) for new in new_events(events, at)]
        self.state = evolve_existing(self.state, events)

    def measured(self):
        return tuple(
            measurement_of(event) for event, _ in self.log if isinstance(event, KeyResultUpdated)
        )


def read(log: list[tuple[Event, datetime]]) -> list[Event]:
    """As boards do: all but updates, and of those the one said last and the one told last."""
    updates = [place for place, (event, _) in enumerate(log) if isinstance(event, KeyResultUpdated)]
    newest = set()
    if updates:
        newest = {max(updates, key=lambda place: (log[place][1], place)), updates[-1]}
    return [
        event for place, (event, _) in enumerate(log) if place in newest or place not in updates
    ]


def present(events: list[Event]) -> tuple[object, ...]:
    state = evolve_existing(a_key_result(added(guardrails=(GUARD,))), events)
    current = state.current
    known = None
    if current is not None:
        known = current.value, current.progress, current.observed_at
    return known, state.remark, state.breaches, state.facts


@settings(max_examples=200)
@given(histories, days)
def test_a_board_reads_enough(history, moment):
    told = Told(a_key_result(added(guardrails=(GUARD,))))
    for command in history:
        told.tell(command)
    for log in (told.log, [entry for entry in told.log if entry[1] <= moment]):
        assert present(read(log)) == present([event for event, _ in log])


@settings(max_examples=200)
@given(histories, days)
def test_at_any_moment_progress_is_that_of_the_line_that_held(history, moment):
    told = Told(a_key_result(added(guardrails=(GUARD,))))
    for command in history:
        told.tell(command)
    events = [event for event, since in told.log if since <= moment]
    state = evolve_existing(a_key_result(added(guardrails=(GUARD,))), events)
    if state.current is None:
        return
    definition = state.facts.definition
    way = definition.target - definition.baseline
    share = (state.current.value - definition.baseline) / way
    assert abs(state.current.progress_raw - share) < Decimal("0.000001")
