"""The drawn state machines show all there is: each state, each kind of command."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
from helmlog_local.aggregates import AGGREGATES
from helmlog_local.state_machines import Aggregate, Arrow, NoSample, explore


def titled(aggregate: Aggregate) -> str:
    return aggregate.title


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=titled)
def test_every_state_of_an_aggregate_is_reached(aggregate: Aggregate):
    assert explore(aggregate).reached == aggregate.state_types


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=titled)
def test_every_kind_of_command_is_an_arrow_somewhere(aggregate: Aggregate):
    drawn = {arrow.command.partition(" ")[0] for arrow in explore(aggregate).arrows}
    assert drawn == {command.__name__ for command in aggregate.command_types}


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=titled)
def test_a_command_without_a_sample_is_asked_for_by_name(aggregate: Aggregate):
    lacking = replace(aggregate, samples=aggregate.samples[:-1])
    kind = type(aggregate.samples[-1])
    if any(type(sample) is kind for sample in lacking.samples):
        lacking = replace(lacking, samples=[s for s in lacking.samples if type(s) is not kind])
    with pytest.raises(NoSample, match=kind.__name__):
        explore(lacking)


@dataclass(frozen=True)
class Off:
    pass


@dataclass(frozen=True)
class On:
    presses: int


@dataclass(frozen=True)
class Broken:
    pass


@dataclass(frozen=True)
class Press:
    hard: bool = False


Lamp = Off | On | Broken


class LampIsBroken(Exception):
    pass


def decide(command: Press, state: Lamp) -> list[Any]:
    if isinstance(state, Broken):
        raise LampIsBroken
    if command.hard and isinstance(state, On) and state.presses > 2:
        return [SimpleNamespace(event_type="Pressed"), SimpleNamespace(event_type="Shattered")]
    return [] if command.hard else [SimpleNamespace(event_type="Pressed")]


def evolve(state: Lamp, event: Any) -> Lamp:
    match state, event.event_type:
        case On(presses), "Pressed":
            return On(presses + 1)
        case _, "Pressed":
            return On(1)
        case _:
            return Broken()


def test_an_arrow_hidden_behind_several_steps_is_found_and_endless_ones_come_to_an_end():
    lamp = Aggregate(
        title="Lamp",
        initial=Off(),
        decide=decide,
        evolve=evolve,
        name_of=lambda state: type(state).__name__.lower(),
        refusal=LampIsBroken,
        samples=(Press(), Press(hard=True)),
        told_apart_by=("hard",),
    )
    chart = explore(lamp)
    assert chart.arrows == [
        Arrow("[*]", "on", "Press (False)", ("Pressed",)),
        Arrow("on", "on", "Press (False)", ("Pressed",)),
        Arrow("on", "broken", "Press (True)", ("Pressed", "Shattered")),
    ]
    assert chart.mermaid().splitlines() == [
        "stateDiagram-v2",
        "    [*] --> on: Press (False) / Pressed",
        "    on --> on: Press (False) / Pressed",
        "    on --> broken: Press (True) / Pressed, Shattered",
        "    broken --> [*]",
    ]
