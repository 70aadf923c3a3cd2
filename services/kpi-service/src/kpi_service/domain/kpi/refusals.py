"""The rules a KPI's definition can break, one class a rule, with the facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from helmlog_events.contracts.kpi import Direction, Period, Purpose, ThresholdRule
from helmlog_events.values import Number, plain

from kpi_service.domain.durations import DurationUnreadable
from kpi_service.domain.wording import a_period


class Refusal(Exception):
    """A rule of the domain says no; the message is for the client."""


class KPIUnknown(Refusal):
    def __init__(self, key: UUID | str) -> None:
        super().__init__(f"there is no KPI {key}")
        self.key = key


class AlreadyDefined(Refusal):
    def __init__(self, kpi_id: UUID) -> None:
        super().__init__(f"the KPI {kpi_id} is defined already")
        self.kpi_id = kpi_id


class SlugTaken(Refusal):
    def __init__(self, slug: str) -> None:
        super().__init__(f"the slug {slug!r} belongs to another KPI")
        self.slug = slug


class SlugUnusable(Refusal):
    def __init__(self, slug: str) -> None:
        super().__init__(
            f"{slug!r} can't be a slug: lower-case letters, digits and '-', beginning"
            " with a letter or digit, at most 63, and nothing that reads as an id"
        )
        self.slug = slug


class TimezoneUnknown(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is not a timezone of the IANA database")
        self.name = name


class DurationRefused(Refusal):
    """`field` holds no usable ISO 8601 duration."""

    def __init__(self, field: str, error: DurationUnreadable) -> None:
        super().__init__(f"{field}: {error}")
        self.field = field
        self.text = error.text


class NothingToRevise(Refusal):
    def __init__(self) -> None:
        super().__init__("the revision names no field")


class RecoveryInsideBreach(Refusal):
    """A recovery bound on the bad side of the bound would end what is still bad."""

    def __init__(self, place: int, rule: ThresholdRule) -> None:
        side = "at or above" if rule.when == "below" else "at or below"
        super().__init__(f"rules/{place}: recover {rule.recover} must lie {side} {rule.value}")
        self.place = place


class RuleRepeated(Refusal):
    def __init__(self, place: int, rule: ThresholdRule) -> None:
        super().__init__(f"rules/{place}: there is a {rule.severity} rule for {rule.when} already")
        self.place = place


class RulesOverlap(Refusal):
    """Every value there is would be a breach."""

    def __init__(self, floor: str, ceiling: str) -> None:
        super().__init__(f"no value is good: below {floor} and above {ceiling} are both bad")


class PeriodAmiss(Refusal):
    """A period belongs to evaluation by period, and to nothing else."""

    def __init__(self, evaluate: str) -> None:
        super().__init__(
            "it has to be said which period's values are judged"
            if evaluate == "period"
            else f"where each {evaluate} is judged, no period is"
        )
        self.evaluate = evaluate


class CounterNotSummed(Refusal):
    """The last, mean or largest of ever growing totals says nothing of a period."""

    def __init__(self, aggregation: str) -> None:
        super().__init__(
            "a counter's value in a period is what it rose by, so its aggregation is sum, not"
            f" {aggregation}"
        )
        self.aggregation = aggregation


class ParentUnknown(Refusal):
    def __init__(self, parent_id: UUID) -> None:
        super().__init__(f"there is no KPI {parent_id} to be a part of")
        self.parent_id = parent_id


class PartOfItself(Refusal):
    """`above` are the parent that was named and all that it is a part of."""

    def __init__(self, kpi_id: UUID, above: Sequence[UUID]) -> None:
        super().__init__(f"the KPI {kpi_id} would be a part of itself, through {above[0]}")
        self.kpi_id = kpi_id
        self.above = tuple(above)


class AlreadyRetired(Refusal):
    def __init__(self, since: datetime) -> None:
        super().__init__(f"the KPI is retired from {since.isoformat()} on")
        self.since = since


class NotRetired(Refusal):
    def __init__(self, moment: datetime) -> None:
        super().__init__(f"the KPI is measured at {moment.isoformat()}: there is nothing to revive")
        self.moment = moment


class BandNotWithin(Refusal):
    def __init__(self, direction: Direction | None) -> None:
        way = "is good either way" if direction is None else f"goes {direction}"
        super().__init__(f"only what should stay within has an upper bound, not what {way}")
        self.direction = direction


class BandReversed(Refusal):
    def __init__(self, target: Number, upper: Number) -> None:
        super().__init__(f"the upper bound {plain(upper)} must lie above {plain(target)}")
        self.target = target
        self.upper = upper


class BandOfBudget(Refusal):
    def __init__(self) -> None:
        super().__init__("a budget is one figure: what may be spent has no upper bound beside it")


class BandsStand(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "targets with an upper bound hold or will: they belong to direction within"
        )


class FiscalCalendarNeeded(Refusal):
    def __init__(self, period: Period | None) -> None:
        super().__init__(f"a {period} is cut by a fiscal calendar, and the KPI names none")
        self.period = period


class FiscalCalendarUsed(Refusal):
    def __init__(self, periods: Sequence[Period]) -> None:
        super().__init__(
            f"targets, formulas or thresholds are by {', '.join(periods)}, which it cuts"
        )
        self.periods = tuple(periods)


class NoTargetToWithdraw(Refusal):
    def __init__(self, moment: datetime, period: Period | None, purpose: Purpose) -> None:
        of_period = "the current value" if period is None else a_period(period)
        super().__init__(f"there is no {purpose} for {of_period} at {moment.isoformat()}")
        self.moment = moment
        self.period = period
        self.purpose = purpose
