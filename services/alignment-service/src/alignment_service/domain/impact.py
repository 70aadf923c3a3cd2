"""Impact: how much of each ancestor's roll-up hangs on a node, by the weights along the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from alignment_service.domain.roll_up import PLACES, Inputs, Values, bottom_up

_ALL = Decimal(1)


@dataclass(frozen=True, slots=True)
class Affected:
    """`effect` is a share of 1, over all ways up; `path` the strongest of them, ends included."""

    node: UUID
    effect: Decimal
    path: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class _Reached:
    effect: Decimal
    strength: Decimal
    path: tuple[UUID, ...]


def impact(
    above: Mapping[UUID, Inputs], values: Values, starts: Iterable[UUID]
) -> tuple[Affected, ...]:
    """Everything in `above`, children before parents; a start hangs wholly on itself.

    What is not measured does not count in a roll-up, so it takes no share from the others; what
    lies on a way up is reckoned as measured, since the question is what it would do.
    """
    first = frozenset(starts)
    reached: dict[UUID, _Reached] = {}
    for node in bottom_up(above):
        if node in first:
            reached[node] = _Reached(_ALL, _ALL, (node,))
            continue
        reached[node] = _reach(node, above[node], values, reached)
    return tuple(
        Affected(node, found.effect.quantize(PLACES), found.path) for node, found in reached.items()
    )


def _reach(
    node: UUID, inputs: Inputs, values: Values, reached: Mapping[UUID, _Reached]
) -> _Reached:
    counted = [
        part for part in inputs.parts if part.child in reached or values.get(part.child) is not None
    ]
    weights = sum((part.weight for part in counted), Decimal(0))
    # A key result measured by itself does not ask who contributes to it.
    counts = inputs.own is None and weights > 0
    ways = [
        (below, part.weight / weights if counts else Decimal(0))
        for part in counted
        if (below := reached.get(part.child)) is not None
    ]
    strongest, share = max(ways, key=lambda way: way[0].strength * way[1])
    return _Reached(
        effect=sum((below.effect * share for below, share in ways), Decimal(0)),
        strength=strongest.strength * share,
        path=(*strongest.path, node),
    )
