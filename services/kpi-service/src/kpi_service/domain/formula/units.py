"""Units, as far as they can be told from free text.

A unit is read as things over things: `EUR`, `EUR per lead`, `EUR / lead`. Things are alike if their
names are, but for case, spaces and a plural s. Percent and ratios are pure numbers, a hundredfold
apart. What a count counts is not said, so it goes with anything, like a bare number.

Amounts of different things put together (`EUR + leads`) are an error, for no reading of the text
makes sense of it. That the formula's unit is not the KPI's own may be a matter of wording: a hint.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, assert_never

from kpi_service.domain.formula.parse import write
from kpi_service.domain.formula.refusals import UnitsUnlike
from kpi_service.domain.formula.tree import (
    Call,
    Default,
    Expression,
    Input,
    Negative,
    Number,
    Operation,
    Previous,
    Round,
)

_PERCENT: Final = frozenset({"%", "percent", "per cent", "percentage", "pct"})
_RATIO: Final = frozenset({"1", "ratio", "share", "fraction", "factor"})
_COUNT: Final = frozenset({"", "#", "count", "number", "n", "items", "units"})
_OVER: Final = re.compile(r"\s*/\s*|\s+per\s+|^per\s+", re.IGNORECASE)
_SHORT: Final = 3

Scale = Literal["one", "hundred", "unsaid"]


@dataclass(frozen=True, slots=True)
class Unit:
    """Things with their powers, none for a pure number; `scale` tells ratios from percent."""

    powers: frozenset[tuple[str, int]]
    scale: Scale = "one"

    def __str__(self) -> str:
        if not self.powers:
            return {"one": "ratio", "hundred": "percent", "unsaid": "pure number"}[self.scale]
        above = [_power(name, power) for name, power in sorted(self.powers) if power > 0]
        below = [_power(name, -power) for name, power in sorted(self.powers) if power < 0]
        return " / ".join([" ".join(above) or "1", *below])

    def goes_with(self, other: Unit) -> bool:
        """Whether amounts of the two can be added."""
        if self.powers != other.powers:
            return False
        scales = {self.scale, other.scale}
        return bool(self.powers) or scales != {"one", "hundred"}


def read_unit(text: str) -> Unit | None:
    """None for what goes with anything."""
    name = _name(text)
    if name in _COUNT:
        return None
    if name in _PERCENT:
        return Unit(frozenset(), "hundred")
    if name in _RATIO:
        return Unit(frozenset())
    powers: Counter[str] = Counter()
    for place, part in enumerate(_OVER.split(text.strip())):
        thing = _thing(part)
        if thing:
            powers[thing] += 1 if place == 0 else -1
    return _unit(powers, "one")


def unit_of(expression: Expression, units: Mapping[str, Unit | None]) -> Unit | None:
    """The unit of a formula whose inputs have `units`. Raises `UnitsUnlike`."""
    match expression:
        case Number():
            return None
        case Input(name=name) | Previous(name=name):
            return units[name]
        case Default(of=of):
            return unit_of(of, units)
        case Negative(operand=operand) | Round(operand=operand):
            return unit_of(operand, units)
        case Call(arguments=arguments):
            return _alike(expression, arguments, units)
        case Operation(operator="+" | "-", left=left, right=right):
            return _alike(expression, (left, right), units)
        case Operation(operator=operator, left=left, right=right):
            above, below = unit_of(left, units), unit_of(right, units)
            return _composed(above, below, 1 if operator == "*" else -1)
        case _ as unreachable:
            assert_never(unreachable)


def unit_hint(own: str, found: Unit | None) -> str | None:
    """What to say when the formula's unit seems not to be the KPI's own."""
    wanted = read_unit(own)
    if wanted is None or found is None or wanted.goes_with(found):
        return None
    if not wanted.powers and any(power < 0 for _, power in found.powers):
        # Deals over leads: one thing's share in another is a ratio too.
        if not Unit(frozenset(), found.scale).goes_with(wanted):
            return f"the formula gives {found}, a ratio, while the KPI is in {own}"
        return None
    return f"the formula gives {found}, while the KPI is in {own}"


def _alike(
    whole: Expression, parts: tuple[Expression, ...], units: Mapping[str, Unit | None]
) -> Unit | None:
    common: Unit | None = None
    for part in parts:
        unit = unit_of(part, units)
        if common is None:
            common = unit
        elif unit is not None and not common.goes_with(unit):
            raise UnitsUnlike(write(whole), str(common), str(unit))
    return common


def _composed(left: Unit | None, right: Unit | None, sign: int) -> Unit | None:
    if left is None and right is None:
        return None
    powers: Counter[str] = Counter(dict(left.powers) if left else {})
    for name, power in right.powers if right else ():
        powers[name] += sign * power
    # A bare number may be the hundred between a ratio and percent.
    known = left is not None and right is not None and {left.scale, right.scale} == {"one"}
    return _unit(powers, "one" if known else "unsaid")


def _unit(powers: Counter[str], scale: Scale) -> Unit:
    return Unit(frozenset((name, power) for name, power in powers.items() if power), scale)


def _name(text: str) -> str:
    return " ".join(text.casefold().split())


def _thing(text: str) -> str:
    name = _name(text)
    if name in _COUNT | _RATIO | _PERCENT:
        return ""
    plural = len(name) > _SHORT and name.endswith("s") and not name.endswith("ss")
    return name[:-1] if plural else name


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name}^{power}"
