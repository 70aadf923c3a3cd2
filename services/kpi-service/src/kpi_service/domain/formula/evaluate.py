"""What a formula comes to, from the values of its inputs.

It is computed exactly, as fractions, and rounded once, at the end: to 20 decimal places, a half to
the even digit, without trailing zeros. So it does not matter how it is written: `a / 3 * 3` is `a`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final, assert_never

from helmlog_events.values import MAX_DIGITS, MAX_PLACES

from kpi_service.domain.formula.parse import write
from kpi_service.domain.formula.tree import (
    Call,
    Default,
    Expression,
    Function,
    Input,
    Negative,
    Number,
    Operation,
    Operator,
    Previous,
    Round,
)

_LIMIT: Final = 10 ** (MAX_DIGITS - MAX_PLACES)
_MAX_BITS: Final = 4_096
_SCALE: Final = 10**MAX_PLACES


@dataclass(frozen=True, slots=True)
class Undefined:
    """There is no value; `reason` says why, in words."""

    reason: str


Value = Decimal | Undefined


@dataclass(frozen=True, slots=True)
class Inputs:
    """The values by name, in the period and in the one before; None, or left out, for none."""

    now: Mapping[str, Decimal | None]
    before: Mapping[str, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a formula, and what it came to, rounded to be shown."""

    expression: str
    value: Value


def evaluate(expression: Expression, inputs: Inputs) -> Value:
    """The value, |v| < 10^20 with up to 20 places, or why there is none."""
    return _rounded(_Evaluation(inputs).of(expression))


def steps(expression: Expression, inputs: Inputs) -> list[Step]:
    """As `evaluate`, with all that is computed on the way, in the order of computing."""
    taken: list[Step] = []

    def note(part: Expression, value: Fraction | Undefined) -> None:
        taken.append(Step(write(part), _rounded(value)))

    _Evaluation(inputs, note).of(expression)
    return taken


class _Evaluation:
    def __init__(
        self,
        inputs: Inputs,
        note: Callable[[Expression, Fraction | Undefined], None] | None = None,
    ) -> None:
        self._inputs = inputs
        self._note = note

    def of(self, expression: Expression) -> Fraction | Undefined:
        value = self._computed(expression)
        if isinstance(value, Fraction) and _is_too_long(value):
            value = Undefined(f"{write(expression)} has too many digits")
        if self._note is not None and not isinstance(expression, Number):
            self._note(expression, value)
        return value

    def _computed(self, expression: Expression) -> Fraction | Undefined:
        match expression:
            case Number(value=value):
                return Fraction(value)
            case Input(name=name):
                return _given(self._inputs.now.get(name), f"{name} has no value")
            case Previous(name=name):
                before = self._inputs.before.get(name)
                return _given(before, f"{name} has no value in the period before")
            case Default(of=of, value=value):
                found = self.of(of)
                return Fraction(value) if isinstance(found, Undefined) else found
            case Negative(operand=operand):
                found = self.of(operand)
                return found if isinstance(found, Undefined) else -found
            case Round(operand=operand, places=places):
                found = self.of(operand)
                return found if isinstance(found, Undefined) else round(found, places)
            case Operation():
                return self._operated(expression)
            case Call():
                return self._called(expression)
            case _ as unreachable:
                assert_never(unreachable)

    def _operated(self, operation: Operation) -> Fraction | Undefined:
        left = self.of(operation.left)
        if isinstance(left, Undefined):
            return left
        right = self.of(operation.right)
        if isinstance(right, Undefined):
            return right
        if operation.operator == "/" and not right:
            return Undefined(f"division by zero: {write(operation.right)} is 0")
        return _OPERATIONS[operation.operator](left, right)

    def _called(self, call: Call) -> Fraction | Undefined:
        values: list[Fraction] = []
        for argument in call.arguments:
            value = self.of(argument)
            if isinstance(value, Undefined):
                return value
            values.append(value)
        return _FUNCTIONS[call.function](values)


_OPERATIONS: Final[dict[Operator, Callable[[Fraction, Fraction], Fraction]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
}
_FUNCTIONS: Final[dict[Function, Callable[[list[Fraction]], Fraction]]] = {
    "min": min,
    "max": max,
    "abs": lambda values: abs(values[0]),
    "sum": lambda values: sum(values, Fraction()),
}


def _given(value: Decimal | None, missing: str) -> Fraction | Undefined:
    return Undefined(missing) if value is None else Fraction(value)


def _is_too_long(value: Fraction) -> bool:
    """Keeps each step cheap, whatever the inputs are."""
    return max(value.numerator.bit_length(), value.denominator.bit_length()) > _MAX_BITS


def _rounded(value: Fraction | Undefined) -> Value:
    if isinstance(value, Undefined):
        return value
    units = round(value * _SCALE)
    if abs(units) >= _LIMIT * _SCALE:
        return Undefined(f"the result is not below 10^{MAX_DIGITS - MAX_PLACES}")
    places = MAX_PLACES
    while places and units % 10 == 0:
        units //= 10
        places -= 1
    return Decimal((int(units < 0), _digits(units), -places))


def _digits(units: int) -> tuple[int, ...]:
    return tuple(map(int, str(abs(units))))
