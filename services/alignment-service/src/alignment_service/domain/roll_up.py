"""Roll-up: what a node's progress is when everything that counts towards it is counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from graphlib import TopologicalSorter
from uuid import UUID

PLACES = Decimal("0.000001")
_EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)

Values = Mapping[UUID, Decimal | None]
"""The roll-up of each node; none or absent when it is not measured."""


@dataclass(frozen=True, slots=True)
class Part:
    """A child and the weight it counts with."""

    child: UUID
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a node's roll-up is made of.

    `own` is a key result's own progress (share of 1); an objective has none. `parts` are the key
    results of an objective and the objectives that contribute to the node.
    """

    own: Decimal | None = None
    parts: tuple[Part, ...] = ()


def roll_up(inputs: Inputs, values: Values) -> Decimal | None:
    """Own progress if measured, else the weighted mean of the measured parts, to six places.

    None when nothing is measured: no data is never 0.
    """
    if inputs.own is not None:
        return inputs.own.quantize(PLACES, context=_EXACT)
    total = Decimal(0)
    weights = Decimal(0)
    for part in inputs.parts:
        value = values.get(part.child)
        if value is not None:
            total = _EXACT.add(total, _EXACT.multiply(part.weight, value))
            weights = _EXACT.add(weights, part.weight)
    if not weights:
        return None
    return _EXACT.divide(total, weights).quantize(PLACES, context=_EXACT)


def recompute(
    above: Mapping[UUID, Inputs], values: Values, changed: Iterable[UUID]
) -> dict[UUID, Decimal | None]:
    """The roll-ups that are no longer what `values` says, children before parents.

    `above` holds the nodes that changed and everything above them, and nothing else needs to be
    known; a node is computed only if it changed itself or a part of it did.
    """
    current = dict(values)
    moved: dict[UUID, Decimal | None] = {}
    touched = set(changed)
    for node in bottom_up(above):
        inputs = above[node]
        if node not in touched and not any(part.child in moved for part in inputs.parts):
            continue
        value = roll_up(inputs, current)
        if value != current.get(node):
            current[node] = moved[node] = value
    return moved


def bottom_up(above: Mapping[UUID, Inputs]) -> Iterable[UUID]:
    """The nodes of `above`, every child before what it counts towards."""
    return TopologicalSorter(
        {
            node: [part.child for part in inputs.parts if part.child in above]
            for node, inputs in above.items()
        }
    ).static_order()
