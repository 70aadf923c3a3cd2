"""From the text of a formula to its tree, and back."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, assert_never, cast

from helmlog_events.values import MAX_DIGITS, MAX_PLACES, plain
from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from kpi_service.domain.formula.refusals import FormulaUnreadable
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
    walk,
)

MAX_LENGTH: Final = 1_000
"""Characters."""
MAX_DEPTH: Final = 64
MAX_PARTS: Final = 200

_WHOLE_DIGITS: Final = MAX_DIGITS - MAX_PLACES
_ENDS: Final = "$END"
_RANKS: Final[dict[Operator, int]] = {"+": 1, "-": 1, "*": 2, "/": 2}
_SIGNED: Final = 3


@lru_cache(maxsize=4_096)
def parse(text: str) -> Expression:
    """Raises `FormulaUnreadable`, which says where."""
    if len(text) > MAX_LENGTH:
        raise FormulaUnreadable(0, f"it has {len(text)} characters, more than {MAX_LENGTH}")
    try:
        # The tree is built while it is parsed: what was read came through `_Builder`.
        expression = cast("Expression", _PARSER.parse(text))
    except UnexpectedCharacters as error:
        position = error.pos_in_stream + 1  # type: ignore[operator]  # always told
        raise FormulaUnreadable(position, f"{error.char!r} is not part of the language") from None
    except UnexpectedToken as error:
        raise _unexpected(error, text) from None
    count = 0
    for _, depth in walk(expression):
        count += 1
        if depth > MAX_DEPTH:
            raise FormulaUnreadable(0, f"it is nested deeper than {MAX_DEPTH}")
    if count > MAX_PARTS:
        raise FormulaUnreadable(0, f"it has {count} parts, more than {MAX_PARTS}")
    return expression


def write(expression: Expression) -> str:
    """The text that reads as `expression`, with no more parentheses than it needs."""
    match expression:
        case Number(value=value):
            return plain(value)
        case Input(name=name):
            return name
        case Previous(name=name):
            return f"previous({name})"
        case Default(of=of, value=value):
            return f"default({write(of)}, {plain(value)})"
        case Negative(operand=operand):
            return f"-{_within(operand, _SIGNED)}"
        case Operation(operator=operator, left=left, right=right):
            rank = _RANKS[operator]
            return f"{_within(left, rank)} {operator} {_within(right, rank + 1)}"
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(write, arguments))})"
        case Round(operand=operand, places=places):
            return f"round({write(operand)}, {places})"
        case _ as unreachable:
            assert_never(unreachable)


def _within(expression: Expression, rank: int) -> str:
    """In parentheses, if it binds less than its surroundings."""
    text = write(expression)
    looser = isinstance(expression, Operation) and _RANKS[expression.operator] < rank
    return f"({text})" if looser else text


def _unexpected(error: UnexpectedToken, text: str) -> FormulaUnreadable:
    if error.token.type == _ENDS:
        reason = "something is missing at the end" if text.strip() else "it is empty"
        return FormulaUnreadable(len(text) + 1, reason)
    return FormulaUnreadable(_position(error.token), f"{str(error.token)!r} does not belong here")


@v_args(inline=True)
class _Builder(Transformer[Token, Expression]):
    def add(self, left: Expression, right: Expression) -> Expression:
        return Operation("+", left, right)

    def subtract(self, left: Expression, right: Expression) -> Expression:
        return Operation("-", left, right)

    def multiply(self, left: Expression, right: Expression) -> Expression:
        return Operation("*", left, right)

    def divide(self, left: Expression, right: Expression) -> Expression:
        return Operation("/", left, right)

    def negative(self, operand: Expression) -> Expression:
        return Negative(operand)

    def number(self, token: Token) -> Expression:
        whole, _, places = token.partition(".")
        if len(whole.lstrip("0")) > _WHOLE_DIGITS or len(places) > MAX_PLACES:
            raise FormulaUnreadable(
                _position(token),
                f"numbers have up to {_WHOLE_DIGITS} digits and up to {MAX_PLACES} decimal places",
            )
        return Number(Decimal(str(token)))

    def input(self, token: Token) -> Expression:
        return Input(str(token))

    def call(self, token: Token, *arguments: Expression | None) -> Expression:
        # Without arguments the grammar gives one None.
        return _called(token, tuple(one for one in arguments if one is not None))


def _called(token: Token, arguments: tuple[Expression, ...]) -> Expression:
    name = str(token)
    match name, arguments:
        case "previous", (Input(name=of),):
            return Previous(of)
        case "default", (Input() | Previous() as of, Number(value=value)):
            return Default(of, value)
        case "default", (Input() | Previous() as of, Negative(operand=Number(value=value))):
            return Default(of, -value)
        case "round", (operand, Number(value=value)) if value % 1 == 0 and value <= MAX_PLACES:
            return Round(operand, int(value))
        case "abs", (_,):
            return Call("abs", arguments)
        case (("min" | "max" | "sum"), (_, *_)):
            return Call(cast("Function", name), arguments)
        case _:
            expected = _USAGES.get(name)
            reason = f"there is no function {name!r}" if expected is None else expected
            raise FormulaUnreadable(_position(token), reason)


_USAGES: Final = {
    "previous": "previous takes the name of an input",
    "default": "default takes an input, or previous of one, and a number",
    "round": f"round takes an expression and its decimal places, 0 to {MAX_PLACES}",
    "abs": "abs takes one expression",
    "min": "min takes one expression or more",
    "max": "max takes one expression or more",
    "sum": "sum takes one expression or more",
}


def _position(token: Token) -> int:
    return (token.start_pos or 0) + 1


_PARSER: Final[Any] = Lark(
    Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8"),
    parser="lalr",
    transformer=_Builder(),
)
