"""What a formula is made of, once read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, assert_never

Operator = Literal["+", "-", "*", "/"]
Function = Literal["min", "max", "abs", "sum"]


@dataclass(frozen=True, slots=True)
class Number:
    """Never below zero: a minus before it is a `Negative`."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Input:
    """The value of an input in the period."""

    name: str


@dataclass(frozen=True, slots=True)
class Previous:
    """The value of an input in the period before."""

    name: str


@dataclass(frozen=True, slots=True)
class Default:
    """`value` where the input has none. It stands in for absence only, not for what went wrong."""

    of: Input | Previous
    value: Decimal


@dataclass(frozen=True, slots=True)
class Negative:
    operand: Expression


@dataclass(frozen=True, slots=True)
class Operation:
    operator: Operator
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Call:
    function: Function
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """To `places` decimals, a half to the even digit."""

    operand: Expression
    places: int


Expression = Number | Input | Previous | Default | Negative | Operation | Call | Round

FUNCTIONS = frozenset({"min", "max", "abs", "sum", "round", "default", "previous"})
"""Names that no input can have."""


def parts(expression: Expression) -> tuple[Expression, ...]:
    """What it is directly made of, in the order of its text."""
    match expression:
        case Number() | Input() | Previous():
            return ()
        case Default(of=of):
            return (of,)
        case Negative(operand=operand) | Round(operand=operand):
            return (operand,)
        case Operation(left=left, right=right):
            return (left, right)
        case Call(arguments=arguments):
            return arguments
        case _ as unreachable:
            assert_never(unreachable)


def walk(expression: Expression) -> Iterator[tuple[Expression, int]]:
    """Every part with its depth, the whole first at 1. Without recursion, so of any depth."""
    waiting = [(expression, 1)]
    while waiting:
        part, depth = waiting.pop()
        yield part, depth
        waiting.extend((inner, depth + 1) for inner in reversed(parts(part)))


def names(expression: Expression) -> tuple[str, ...]:
    """The inputs it uses, each once, in the order of its text."""
    found = [part.name for part, _ in walk(expression) if isinstance(part, Input | Previous)]
    return tuple(dict.fromkeys(found))


def names_before(expression: Expression) -> frozenset[str]:
    """The inputs whose value in the period before it uses."""
    return frozenset(part.name for part, _ in walk(expression) if isinstance(part, Previous))
