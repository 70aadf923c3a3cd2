"""Whether, and since when, a breach of its KPI puts a key result's objective at risk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from alignment_service.domain.course import Course


@dataclass(frozen=True, slots=True)
class Binding:
    """A key result that is measured by a KPI, with its cycle's course.

    At this objective it is true since `bound_at`, and was told at `recorded_at`.
    """

    key_result_id: UUID
    objective_id: UUID
    cycle_id: UUID
    course: Course
    bound_at: datetime
    recorded_at: datetime
    objective_closed: bool


@dataclass(frozen=True, slots=True)
class Recovery:
    observed_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Breach:
    """`opened_at` is the first reading that led to it, `breached_at` the one that decided it.

    `last_value_at` is the newest instant that the KPI's value is known for.
    """

    breach_id: UUID
    kpi_id: UUID
    severity: Literal["warning", "critical"]
    opened_at: datetime
    breached_at: datetime
    recorded_at: datetime
    recovery: Recovery | None = None
    last_value_at: datetime | None = None


def at_risk_since(binding: Binding, breach: Breach) -> datetime | None:
    """The first moment of the cycle at which the breach was open; none if there is none.

    Judged by what binding and breach say of themselves and never by the moment of asking, so that
    it does not matter which of them is heard first. What was over when the binding was made is no
    risk to it.
    """
    since = max(breach.breached_at, binding.bound_at, binding.course.starts_at)
    if binding.objective_closed or since >= binding.course.ends_at:
        return None
    if breach.recovery is not None:
        over = breach.recovery.observed_at <= since
        known_before = breach.recovery.recorded_at <= binding.recorded_at
        return None if over or known_before else since
    return since if _known_until(binding, breach) >= binding.course.starts_at else None


def _known_until(binding: Binding, breach: Breach) -> datetime:
    """The last moment an unrecovered breach is known to be open at.

    An open breach of long ago says nothing of the cycle: a value of the KPI may be on its way
    that ended it before. Only one that stood when the binding was made is taken as it stands.
    """
    known = max(breach.breached_at, breach.last_value_at or breach.breached_at)
    if breach.recorded_at <= binding.recorded_at:
        return max(known, binding.recorded_at)
    return known
