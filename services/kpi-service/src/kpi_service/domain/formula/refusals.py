"""The rules a formula can break, one class a rule, with the facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kpi_service.domain.kpi.refusals import Refusal


class FormulaUnreadable(Refusal):
    """`position` counts characters from 1; 0 for the text as a whole."""

    def __init__(self, position: int, reason: str) -> None:
        at = f"at character {position}: " if position else ""
        super().__init__(f"{at}{reason}")
        self.position = position


class InputNameUnusable(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} can't name an input: a lower-case letter or '_', then letters, digits and"
            " '_', at most 63, and no function's name"
        )
        self.name = name


class InputsMissing(Refusal):
    """The expression names what the inputs don't have."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"the expression names what is not among the inputs: {', '.join(names)}")
        self.names = tuple(names)


class InputsUnused(Refusal):
    """Readings of these would lead to work and to no other value."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"the expression does not use: {', '.join(names)}")
        self.names = tuple(names)


class InputUnknown(Refusal):
    def __init__(self, name: str, key: object) -> None:
        super().__init__(f"the input {name}: there is no KPI {key}")
        self.name = name


class InputRetired(Refusal):
    def __init__(self, name: str, slug: str) -> None:
        super().__init__(f"the input {name}: {slug} is not measured any more at that time")
        self.name = name


class FormulaCircular(Refusal):
    """`path` leads from the KPI over its inputs back to itself, by slug."""

    def __init__(self, path: Sequence[str]) -> None:
        super().__init__(f"the KPI would be made of itself: {' <- '.join(path)}")
        self.path = tuple(path)


class FormulaTooDeep(Refusal):
    def __init__(self, limit: int) -> None:
        super().__init__(f"derived KPIs are made of derived KPIs over more than {limit} steps")
        self.limit = limit


class FormulaTooWide(Refusal):
    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} KPIs go into it, with what its inputs are made of")
        self.limit = limit


class FormulaPeriodTooFine(Refusal):
    """Most periods could never have a value."""

    def __init__(self, name: str, period: str, measured: str) -> None:
        super().__init__(f"{period} is finer than {measured}, in which the input {name} is told")
        self.name = name


class UnitsUnlike(Refusal):
    """Amounts of different things are added or compared."""

    def __init__(self, expression: str, left: str, right: str) -> None:
        super().__init__(f"{expression} puts together {left} and {right}")
        self.expression = expression


class PeriodNotDerived(Refusal):
    """No formula makes a value of what was observed then."""

    def __init__(self, slug: str, moment: datetime) -> None:
        super().__init__(f"no formula of {slug} makes a value of {moment.isoformat()}")
        self.moment = moment
