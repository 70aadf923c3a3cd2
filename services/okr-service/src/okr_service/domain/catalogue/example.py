"""What an example OKR is made of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from helmlog_events.contracts.okr import (
    KeyResultDefinition,
    Metric,
    ObjectiveDefinition,
    ObjectiveKind,
    ObjectiveLevel,
)

from okr_service.domain.arithmetic import ONE, add, divide, multiply

Department = Literal[
    "sales", "marketing", "human-resources", "finance", "operations", "customer-service"
]

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class ExampleKeyResult:
    """`change` states the target in percent of the baseline, as -10 or 20: it then follows
    whatever baseline is put in. `kpi_template` is the slug of the KPI that measures it.
    """

    slug: str
    title: str
    metric: Metric
    unit: str
    baseline: Decimal | None = None
    target: Decimal | None = None
    change: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    rate: str | None = None
    weight: Decimal = ONE
    kpi_template: str | None = None

    def definition(
        self,
        *,
        baseline: Decimal | None = None,
        target: Decimal | None = None,
        kpi_id: UUID | None = None,
        owner: str | None = None,
    ) -> KeyResultDefinition:
        """As the example states it, or with the caller's own baseline and target."""
        start = self.baseline if baseline is None else baseline
        return KeyResultDefinition(
            title=self.title,
            metric=self.metric,
            baseline=start,
            target=self._target_from(start) if target is None else target,
            lower=self.lower,
            upper=self.upper,
            unit=self.unit,
            rate=self.rate,
            weight=self.weight,
            kpi_id=kpi_id,
            kpi_template=self.kpi_template,
            owner=owner,
        )

    def _target_from(self, baseline: Decimal | None) -> Decimal | None:
        if self.change is None or baseline is None:
            return self.target
        factor = add((ONE, divide(self.change, _HUNDRED)))
        return multiply(baseline, factor)


@dataclass(frozen=True, slots=True)
class ExampleObjective:
    slug: str
    department: Department
    title: str
    why: str
    kind: ObjectiveKind
    level: ObjectiveLevel
    key_results: tuple[ExampleKeyResult, ...]

    def definition(
        self, *, owner: str | None, team: str | None, level: ObjectiveLevel | None
    ) -> ObjectiveDefinition:
        return ObjectiveDefinition(
            title=self.title,
            why=self.why,
            kind=self.kind,
            level=level or self.level,
            team=team,
            owner=owner,
        )

    def holds(self, text: str) -> bool:
        """Whether every word of `text` stands somewhere in the example."""
        written = " ".join(
            (
                self.department,
                self.title,
                self.why,
                *(f"{part.title} {part.kpi_template or ''}" for part in self.key_results),
            )
        ).casefold()
        return all(word in written for word in text.casefold().split())


def increase(
    slug: str,
    title: str,
    unit: str,
    baseline: str,
    target: str | None = None,
    *,
    change: str | None = None,
    rate: str | None = None,
    kpi: str | None = None,
) -> ExampleKeyResult:
    return _towards("increase", slug, title, unit, baseline, target, change, rate, kpi)


def decrease(
    slug: str,
    title: str,
    unit: str,
    baseline: str,
    target: str | None = None,
    *,
    change: str | None = None,
    rate: str | None = None,
    kpi: str | None = None,
) -> ExampleKeyResult:
    return _towards("decrease", slug, title, unit, baseline, target, change, rate, kpi)


def stay(
    slug: str,
    title: str,
    unit: str,
    *,
    above: str | None = None,
    below: str | None = None,
    kpi: str | None = None,
) -> ExampleKeyResult:
    """Stays above, below, or within both; the bounds count as inside."""
    metric: Metric = "stay_within"
    if below is None:
        metric = "stay_above"
    elif above is None:
        metric = "stay_below"
    return ExampleKeyResult(
        slug, title, metric, unit, lower=_number(above), upper=_number(below), kpi_template=kpi
    )


def _towards(
    metric: Metric,
    slug: str,
    title: str,
    unit: str,
    baseline: str,
    target: str | None,
    change: str | None,
    rate: str | None,
    kpi: str | None,
) -> ExampleKeyResult:
    return ExampleKeyResult(
        slug,
        title,
        metric,
        unit,
        baseline=_number(baseline),
        target=_number(target),
        change=_number(change),
        rate=rate,
        kpi_template=kpi,
    )


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
