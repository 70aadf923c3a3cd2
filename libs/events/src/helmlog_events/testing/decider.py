"""Given events, when a command comes, then these events - or this refusal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from helmlog_events.contracts.event import Event

State = TypeVar("State")
Command = TypeVar("Command")


@dataclass(frozen=True)
class DeciderTest(Generic[Command, State]):
    """Drives a decider: `spec.given(*events).when(command).then(*events)`."""

    decide: Callable[[Command, State], Sequence[Event]]
    evolve: Callable[[State, Event], State]
    initial: State

    def given(self, *events: Event) -> _Given[Command, State]:
        state = self.initial
        for event in events:
            state = self.evolve(state, event)
        return _Given(self, state)


@dataclass(frozen=True)
class _Given(Generic[Command, State]):
    spec: DeciderTest[Command, State]
    state: State

    def when(self, command: Command) -> _When[Command, State]:
        return _When(self.spec, self.state, command)


@dataclass(frozen=True)
class _When(Generic[Command, State]):
    spec: DeciderTest[Command, State]
    state: State
    command: Command

    def then(self, *events: Event) -> None:
        decided = list(self.spec.decide(self.command, self.state))
        assert decided == list(events), f"decided {decided}, expected {list(events)}"  # noqa: S101 - a test helper

    def then_nothing(self) -> None:
        self.then()

    def then_refused(self, refusal: Exception) -> None:
        """The refusal is compared by type and facts, not by identity."""
        decided: object
        try:
            decided = list(self.spec.decide(self.command, self.state))
        except type(refusal) as raised:
            decided = raised
        assert isinstance(decided, type(refusal)), f"not refused: {decided}"  # noqa: S101 - a test helper
        assert decided.args == refusal.args, f"{decided.args} is not {refusal.args}"  # noqa: S101 - a test helper
