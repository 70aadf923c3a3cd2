"""What of the strategy is served by which objectives, and what by none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from helmlog_events.contracts.okr import StrategyStated

from okr_service.domain.objective.state import Objective, is_pursued

MISSION = "mission"
ServedKind = Literal["mission", "value", "pillar"]


@dataclass(frozen=True, slots=True)
class Served:
    """`serves` is how objectives name it; `objectives` are in the order they were drafted."""

    serves: str
    kind: ServedKind
    name: str
    objectives: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """`unknown` are names that objectives serve and the strategy does not have."""

    served: tuple[Served, ...]
    unknown: dict[str, tuple[UUID, ...]]
    serving_nothing: tuple[UUID, ...]


def unknown_serves(strategy: StrategyStated | None, serves: Sequence[str]) -> list[str]:
    """Those that `strategy` does not have; all of them where nothing was stated."""
    known = {name for name, _, _ in _names(strategy)}
    return [name for name in serves if name not in known]


def cover(strategy: StrategyStated | None, objectives: Iterable[Objective]) -> Coverage:
    """Of objectives that are pursued: those declined or cancelled serve nothing any more."""
    serving: dict[str, list[UUID]] = defaultdict(list)
    nothing: list[UUID] = []
    for objective in objectives:
        if not is_pursued(objective):
            continue
        facts = objective.facts
        for name in dict.fromkeys(facts.definition.serves):
            serving[name].append(facts.objective_id)
        if not facts.definition.serves:
            nothing.append(facts.objective_id)
    return Coverage(
        served=tuple(
            Served(serves, kind, name, tuple(serving.get(serves, ())))
            for serves, kind, name in _names(strategy)
        ),
        unknown={name: tuple(serving[name]) for name in unknown_serves(strategy, sorted(serving))},
        serving_nothing=tuple(nothing),
    )


def _names(strategy: StrategyStated | None) -> list[tuple[str, ServedKind, str]]:
    if strategy is None:
        return []
    return [
        (MISSION, "mission", strategy.mission),
        *((f"value/{value.slug}", "value", value.name) for value in strategy.values),
        *((f"pillar/{pillar.slug}", "pillar", pillar.name) for pillar in strategy.pillars),
    ]
