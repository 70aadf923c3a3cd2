"""Draws the states of an aggregate by living its lives: what is drawn is what the code does.

From the initial state on, every sample command is given to every state it leads to. What changes
something is an arrow; what is refused, or changes nothing, is not.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

LIVES_EACH: Final = 200
"""States of one name that are looked at; they differ in facts, which grow without end."""

_OUTSIDE: Final = "[*]"


class NoSample(LookupError):
    """A kind of command has no sample, so its arrows would be missing."""


@dataclass(frozen=True)
class Aggregate:
    """A decider, with sample commands of every kind it takes.

    `name_of` says what a state is called, `refusal` is the base of all it refuses with;
    `told_apart_by` names fields of commands that are shown with them, because it depends on them
    where they lead.
    """

    title: str
    initial: Any
    decide: Callable[[Any, Any], Sequence[Any]]
    evolve: Callable[[Any, Any], Any]
    name_of: Callable[[Any], str]
    refusal: type[Exception]
    samples: Sequence[Any]
    told_apart_by: Sequence[str] = ()

    def label_of(self, command: Any) -> str:
        told = [str(getattr(command, f)) for f in self.told_apart_by if hasattr(command, f)]
        return type(command).__name__ + (f" ({', '.join(told)})" if told else "")

    @property
    def command_types(self) -> frozenset[type]:
        """What `decide` says it takes."""
        return _members(get_type_hints(self.decide)["command"])

    @property
    def state_types(self) -> frozenset[type]:
        """What `evolve` says it leads to."""
        return _members(get_type_hints(self.evolve)["return"])


@dataclass(frozen=True, slots=True, order=True)
class Arrow:
    source: str
    target: str
    command: str
    events: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.source} --> {self.target}: {self.command} / {', '.join(self.events)}"


@dataclass(frozen=True)
class Chart:
    """What was found, in the order in which it was reached."""

    arrows: Sequence[Arrow]
    reached: frozenset[type]

    @property
    def ends(self) -> Iterator[str]:
        """The states that nothing leads out of."""
        left = {arrow.source for arrow in self.arrows}
        return (name for name in _names(self.arrows) if name not in left)

    def mermaid(self) -> str:
        lines = [str(arrow) for arrow in self.arrows]
        lines += [f"{name} --> {_OUTSIDE}" for name in self.ends]
        return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in lines)])


def explore(aggregate: Aggregate) -> Chart:
    """Raises `NoSample`."""
    missing = aggregate.command_types - {type(sample) for sample in aggregate.samples}
    if missing:
        names = ", ".join(sorted(command.__name__ for command in missing))
        raise NoSample(f"{aggregate.title}: a sample is needed of {names}")
    arrows: dict[Arrow, None] = {}
    known = {repr(aggregate.initial)}
    lives: Counter[str] = Counter()
    waiting = deque([(_OUTSIDE, aggregate.initial)])
    reached = {type(aggregate.initial)}
    while waiting:
        name, state = waiting.popleft()
        for command, events, target in _steps(aggregate, state):
            target_name = aggregate.name_of(target)
            arrows[Arrow(name, target_name, command, events)] = None
            # By what it says of itself: not every state can be hashed.
            if (identity := repr(target)) not in known and lives[target_name] < LIVES_EACH:
                known.add(identity)
                lives[target_name] += 1
                reached.add(type(target))
                waiting.append((target_name, target))
    order = {name: place for place, name in enumerate([_OUTSIDE, *_names(arrows)])}
    by_reach = sorted(arrows, key=lambda arrow: (order[arrow.source], order[arrow.target], arrow))
    return Chart(by_reach, frozenset(reached))


def document(aggregates: Sequence[Aggregate]) -> str:
    """The page of all of them."""
    sections = [
        f"## {aggregate.title}\n\n```mermaid\n{explore(aggregate).mermaid()}\n```\n"
        for aggregate in aggregates
    ]
    head = (
        "# State machines\n\n"
        "Drawn by running the code, and compared with it by a test. An arrow is a command that"
        " changes something, and the events it leads to; what has no arrow is refused, or was done"
        " before and changes nothing.\n"
    )
    return "\n".join([head, *sections])


def _steps(aggregate: Aggregate, state: Any) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    for command in aggregate.samples:
        try:
            events = aggregate.decide(command, state)
        except aggregate.refusal:
            continue
        if not events:
            continue
        target = state
        for event in events:
            target = aggregate.evolve(target, event)
        yield aggregate.label_of(command), tuple(event.event_type for event in events), target


def _names(arrows: Iterable[Arrow]) -> Sequence[str]:
    return [*dict.fromkeys(arrow.target for arrow in arrows)]


def _members(annotation: Any) -> frozenset[type]:
    if get_origin(annotation) in {Union, UnionType}:
        return frozenset().union(*map(_members, get_args(annotation)))
    return frozenset({annotation})
