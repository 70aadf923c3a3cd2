"""A target told as a change of what its KPI was, and the numbers it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from helmlog_events.contracts.okr import (
    KeyResultDefinition,
    KeyResultTargetResolved,
    RelativeTarget,
)

from okr_service.domain.arithmetic import ZERO, add, divide, multiply, quantized
from okr_service.domain.course import Course
from okr_service.domain.cycle.guards import mark_work
from okr_service.domain.cycle.state import Cycle, Planning
from okr_service.domain.key_result.commands import FollowKPI, ResolveTarget
from okr_service.domain.key_result.definition import define
from okr_service.domain.key_result.events import KeyResultEvent
from okr_service.domain.key_result.follow import follow_kpi, is_over
from okr_service.domain.key_result.kpi_value import KPIValue
from okr_service.domain.key_result.state import KeyResult, evolve_existing
from okr_service.domain.key_result.update import again, say
from okr_service.domain.refusals import Refusal

Unresolved = Literal["cycle-not-started", "no-history", "basis-is-zero", "wrong-way", "unfit"]
"""Why a relative target has no numbers yet: the cycle has not started; its KPI has no value before
the moment it starts from; a percentage of zero is no way; the way would lead backwards, as a share
of a negative basis does; or the numbers are too large, or don't fit what rests on them.
"""

_HUNDRED: Final = Decimal(100)
_PLACES: Final = 6
_TOO_LARGE: Final = Decimal(10) ** 20


@dataclass(frozen=True, slots=True)
class Numbers:
    baseline: Decimal
    target: Decimal


def basis_before(relative: RelativeTarget, course: Course) -> datetime:
    """The moment before which the KPI's last value is the basis."""
    return course.starts_at if relative.basis == "before_cycle" else course.year_before_start


def has_started(cycle: Cycle, now: datetime) -> bool:
    return not isinstance(cycle, Planning) and now >= cycle.facts.course.starts_at


def resolve(
    definition: KeyResultDefinition, basis: Decimal | None, course: Course
) -> Numbers | Unresolved:
    """What a relative target comes to on `basis`; at least six places are kept, or the basis' own.

    The definition has a relative target.
    """
    relative = definition.relative
    if relative is None:
        raise ValueError("only a relative target is resolved")
    if basis is None:
        return "no-history"
    way = relative.change
    if relative.measured_in == "percent":
        if basis == ZERO:
            return "basis-is-zero"
        way = divide(multiply(basis, relative.change), _HUNDRED)
    target = quantized(add((basis, way)), max(_PLACES, _places_of(basis)))
    if (target > basis) is not (definition.metric == "increase") or target == basis:
        return "wrong-way"
    if abs(target) >= _TOO_LARGE:
        return "unfit"
    numbers = Numbers(basis, target)
    try:
        define(_with(definition, numbers), course)
    except Refusal:
        return "unfit"
    return numbers


def resolve_target(command: ResolveTarget, key_result: KeyResult) -> list[KeyResultEvent]:
    """The numbers of a relative target, once there are any, and what the KPI says by them.

    A nearer value told late resolves it anew, so that it does not matter in which order they come.
    """
    definition, basis = key_result.facts.definition, command.basis
    if definition.relative is None or basis is None:
        return []
    if is_over(key_result, command.objective, command.cycle):
        return []
    if not has_started(command.cycle, command.at):
        return []
    known = key_result.basis
    if known is not None and (known.value, known.observed_at) == (basis.value, basis.observed_at):
        return []
    numbers = resolve(definition, basis.value, command.cycle.facts.course)
    if not isinstance(numbers, Numbers):
        return []
    resolved = KeyResultTargetResolved(
        key_result_id=key_result.facts.key_result_id,
        objective_id=key_result.facts.objective_id,
        **mark_work(command.cycle),
        basis=basis.value,
        basis_observed_at=basis.observed_at,
        baseline=numbers.baseline,
        target=numbers.target,
        cause=basis.cause,
    )
    state = evolve_existing(key_result, [resolved])
    return [resolved, *_by_numbers(command, state, basis)]


def resolved_since(key_result: KeyResult, course: Course) -> datetime:
    """Since when the numbers hold: the cycle's start, or a line begun later."""
    return max(course.starts_at, key_result.lines[-1].since or course.starts_at)


def _by_numbers(command: ResolveTarget, state: KeyResult, basis: KPIValue) -> list[KeyResultEvent]:
    current, newest = state.current, command.newest
    if current is not None:
        told = [again(current, state, state.said_at, cause=basis.cause)]
        return [*say(told, state, command.cycle, state.readings)]
    if newest is None:
        return []
    follow = FollowKPI(
        key_result_id=command.key_result_id,
        objective=command.objective,
        cycle=command.cycle,
        kpi_id=newest.kpi_id,
        value=newest.value,
        observed_at=newest.observed_at,
        cause=newest.cause,
    )
    return follow_kpi(follow, state)


def _with(definition: KeyResultDefinition, numbers: Numbers) -> KeyResultDefinition:
    return definition.model_copy(update={"baseline": numbers.baseline, "target": numbers.target})


def _places_of(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
