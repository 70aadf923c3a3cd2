"""A company's plan: cycles of objectives and key results, as they are to be told to okr-service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

Metric = Literal["increase", "decrease", "stay_above", "stay_below", "stay_within", "milestone"]


@dataclass(frozen=True, slots=True)
class CheckIn:
    """`value`, or for milestones those `done` so far; `week` counts the cycle's weeks from 1."""

    week: int
    narrative: str
    value: str | None = None
    done: tuple[str, ...] = ()
    confidence: int = 6


@dataclass(frozen=True, slots=True)
class Increase:
    baseline: str
    target: str
    metric: Literal["increase"] = "increase"


@dataclass(frozen=True, slots=True)
class Decrease:
    baseline: str
    target: str
    metric: Literal["decrease"] = "decrease"


@dataclass(frozen=True, slots=True)
class StayAbove:
    lower: str
    metric: Literal["stay_above"] = "stay_above"


@dataclass(frozen=True, slots=True)
class StayBelow:
    upper: str
    metric: Literal["stay_below"] = "stay_below"


@dataclass(frozen=True, slots=True)
class StayWithin:
    lower: str
    upper: str
    metric: Literal["stay_within"] = "stay_within"


@dataclass(frozen=True, slots=True)
class Milestones:
    """Names and weights."""

    milestones: tuple[tuple[str, str], ...]
    metric: Literal["milestone"] = "milestone"


Measure = Increase | Decrease | StayAbove | StayBelow | StayWithin | Milestones


@dataclass(frozen=True, slots=True)
class KeyResult:
    """Moved by the KPI with the slug `kpi`, or else by its check-ins."""

    title: str
    measure: Measure
    owner: str
    unit: str | None = None
    rate: str | None = None
    weight: str = "1"
    kpi: str | None = None
    check_ins: tuple[CheckIn, ...] = ()


@dataclass(frozen=True, slots=True)
class Objective:
    """`contributes_to` is the title of another objective, or key result, of the same cycle."""

    title: str
    why: str
    kind: Literal["committed", "aspirational", "learning"]
    level: Literal["company", "department", "team"]
    team: str
    owner: str
    key_results: tuple[KeyResult, ...]
    contributes_to: str | None = None


@dataclass(frozen=True, slots=True)
class Cycle:
    """A quarter; from the first moment of `starts_on` to the last of `ends_on`, UTC."""

    name: str
    starts_on: date
    ends_on: date
    objectives: tuple[Objective, ...]

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.starts_on, time.min, UTC)

    @property
    def ends_at(self) -> datetime:
        """The first moment after the cycle."""
        return datetime.combine(self.ends_on + timedelta(days=1), time.min, UTC)

    @property
    def middle(self) -> datetime:
        return self.starts_at + (self.ends_at - self.starts_at) / 2

    def end_of_week(self, week: int) -> datetime:
        """The evening of the week's last day, within the cycle."""
        evening = self.starts_at + timedelta(days=7 * week - 1, hours=18)
        return min(evening, self.ends_at - timedelta(hours=6))

    @property
    def kpis(self) -> frozenset[str]:
        """The slugs its key results follow."""
        parts = (part for objective in self.objectives for part in objective.key_results)
        return frozenset(part.kpi for part in parts if part.kpi is not None)


@dataclass(frozen=True, slots=True)
class LateCorrection:
    """What is found out after the cycle about a key result's value in one of its weeks."""

    key_result: str
    week: int
    value: str
    narrative: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`shown` is the name of the cycle to look at closely, `correction` concerns it."""

    cycles: Sequence[Cycle]
    shown: str
    correction: LateCorrection
