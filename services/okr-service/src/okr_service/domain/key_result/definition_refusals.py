"""What a definition of a key result can break; `field` is where."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from okr_service.domain.refusals import Refusal


class CommitOffTheWay(Refusal):
    """What is committed to lies behind the baseline, and not beyond the target."""

    def __init__(self, commit: Decimal, baseline: Decimal, target: Decimal) -> None:
        super().__init__(commit, baseline, target)


class StretchNotBeyondTarget(Refusal):
    def __init__(self, stretch: Decimal, target: Decimal) -> None:
        super().__init__(stretch, target)


class CurveNotInOrder(Refusal):
    """The days of a curve come one after the other, before the last day of the way."""

    def __init__(self, day: date) -> None:
        super().__init__(day)


class CurveRunsBackwards(Refusal):
    """A curve leads from baseline to target without turning round or leaving the way."""

    def __init__(self, day: date, value: Decimal) -> None:
        super().__init__(day, value)


class DayOutsideCycle(Refusal):
    """What is due is due within the cycle."""

    def __init__(self, field: str, day: date) -> None:
        super().__init__(field, day)
        self.field = field


class RelativeTargetWithoutKPI(Refusal):
    """A change is measured from what a KPI was."""


class RelativeTargetWithNumbers(Refusal):
    """A relative target becomes numbers by itself; until then there are none to be given."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class RelativeChangeOnWrongSide(Refusal):
    """An increase changes upwards, a decrease downwards."""

    def __init__(self, metric: str, change: Decimal) -> None:
        super().__init__(metric, change)


class GuardrailIsOwnKPI(Refusal):
    """What moves a key result cannot guard it."""

    def __init__(self, kpi_id: UUID) -> None:
        super().__init__(kpi_id)


class GuardrailsAlike(Refusal):
    def __init__(self, kpi_id: UUID) -> None:
        super().__init__(kpi_id)


class TooManyGuardrails(Refusal):
    def __init__(self, count: int, most: int) -> None:
        super().__init__(count, most)
