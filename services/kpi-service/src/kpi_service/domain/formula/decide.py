"""What formula a KPI may have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from helmlog_events.contracts.kpi import FormulaInput, KPIFormulaSet, Period

from kpi_service.domain.formula.fineness import coarsest_measured, is_finer
from kpi_service.domain.formula.parse import parse
from kpi_service.domain.formula.refusals import (
    FormulaCircular,
    FormulaPeriodTooFine,
    FormulaTooDeep,
    InputNameUnusable,
    InputRetired,
    InputsMissing,
    InputsUnused,
    InputUnknown,
)
from kpi_service.domain.formula.tree import FUNCTIONS, Expression, names
from kpi_service.domain.formula.units import Unit, read_unit, unit_hint, unit_of
from kpi_service.domain.kpi.refusals import FiscalCalendarNeeded
from kpi_service.domain.kpi.state import KPI

MAX_INPUTS: Final = 20
MAX_DEPTH: Final = 8
"""Steps from a derived KPI down to one that is measured."""
MAX_REACH: Final = 200
"""KPIs that go into one, over all steps."""

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SetFormula:
    kpi_id: UUID
    effective_from: datetime
    expression: str
    inputs: tuple[FormulaInput, ...]
    period: Period
    at: datetime


@dataclass(frozen=True, slots=True)
class FormulaAllowed:
    """`events` is empty when that very formula stands; `hints` are for whoever set it."""

    events: tuple[KPIFormulaSet, ...]
    hints: tuple[str, ...]


def set_formula(command: SetFormula, kpi: KPI, known: Mapping[UUID, KPI]) -> FormulaAllowed:
    """`known` are the inputs and all they are made of. Raises a `Refusal`.

    An input has to be measured when the formula begins to hold; one that is retired later leaves
    the periods from then on without a value.
    """
    expression = parse(command.expression)
    _check_names(command, expression)
    _check_circle(command, kpi, known)
    for one in command.inputs:
        _check_input(command, one, known)
    _check_depth(command, known)
    if command.period.startswith("fiscal_") and kpi.definition.fiscal_calendar is None:
        raise FiscalCalendarNeeded(command.period)
    units = {one.name: measured_unit(known[one.kpi_id]) for one in command.inputs}
    hint = unit_hint(kpi.definition.unit, unit_of(expression, units))
    event = KPIFormulaSet(
        kpi_id=command.kpi_id,
        effective_from=command.effective_from,
        expression=command.expression,
        inputs=command.inputs,
        period=command.period,
    )
    return FormulaAllowed(
        () if event in kpi.formulas else (event,), () if hint is None else (hint,)
    )


def made_of(kpi: KPI) -> tuple[UUID, ...]:
    """The inputs of all its formulas, whenever they hold, each once."""
    return tuple(dict.fromkeys(one.kpi_id for formula in kpi.formulas for one in formula.inputs))


def measured_unit(kpi: KPI) -> Unit | None:
    """Of its value in a period. What is counted or added up over it is no rate any more."""
    definition = kpi.definition
    if definition.aggregation == "count":
        return None
    is_rate = definition.rate is not None and definition.aggregation != "sum"
    return read_unit(f"{definition.unit} {definition.rate}" if is_rate else definition.unit)


def _check_names(command: SetFormula, expression: Expression) -> None:
    given = [one.name for one in command.inputs]
    for name in given:
        if not _NAME.fullmatch(name) or name in FUNCTIONS:
            raise InputNameUnusable(name)
    used = names(expression)
    if missing := [name for name in used if name not in given]:
        raise InputsMissing(missing)
    if unused := [name for name in given if name not in used]:
        raise InputsUnused(unused)


def _check_input(command: SetFormula, one: FormulaInput, known: Mapping[UUID, KPI]) -> None:
    kpi = known.get(one.kpi_id)
    if kpi is None:
        raise InputUnknown(one.name, one.kpi_id)
    if not kpi.is_measured_at(command.effective_from):
        raise InputRetired(one.name, kpi.definition.slug)
    measured = coarsest_measured(kpi, command.effective_from)
    if is_finer(command.period, measured):
        raise FormulaPeriodTooFine(one.name, command.period, measured)


def _check_circle(command: SetFormula, kpi: KPI, known: Mapping[UUID, KPI]) -> None:
    """Over the formulas of all times: a KPI that is made of itself in some year is not allowed."""
    path = _path(command.kpi_id, tuple(one.kpi_id for one in command.inputs), known)
    if path is not None:
        slugs = [known[kpi_id].definition.slug for kpi_id in path]
        raise FormulaCircular([kpi.definition.slug, *slugs, kpi.definition.slug])


def _check_depth(command: SetFormula, known: Mapping[UUID, KPI]) -> None:
    depths: dict[UUID, int] = {}
    if 1 + max(_depth(one.kpi_id, known, depths) for one in command.inputs) > MAX_DEPTH:
        raise FormulaTooDeep(MAX_DEPTH)


def _path(goal: UUID, inputs: Sequence[UUID], known: Mapping[UUID, KPI]) -> list[UUID] | None:
    """The way from one of `inputs` to what is made of `goal`; None if there is none."""
    if goal in inputs:
        return []
    came_from: dict[UUID, UUID | None] = dict.fromkeys(inputs)
    waiting = list(inputs)
    while waiting:
        at = waiting.pop()
        for below in _below(at, known):
            if below == goal:
                return [*_back(at, came_from)][::-1]
            if below not in came_from:
                came_from[below] = at
                waiting.append(below)
    return None


def _back(at: UUID | None, came_from: Mapping[UUID, UUID | None]) -> Iterator[UUID]:
    while at is not None:
        yield at
        at = came_from[at]


def _depth(kpi_id: UUID, known: Mapping[UUID, KPI], depths: dict[UUID, int]) -> int:
    """How many steps lie below it. Without recursion: what stands may be deeper than allowed."""
    waiting = [kpi_id]
    while waiting:
        at = waiting[-1]
        below = _below(at, known)
        if at not in depths and (unknown := [one for one in below if one not in depths]):
            waiting.extend(unknown)
            continue
        depths.setdefault(at, 1 + max((depths[one] for one in below), default=-1))
        waiting.pop()
    return depths[kpi_id]


def _below(kpi_id: UUID, known: Mapping[UUID, KPI]) -> tuple[UUID, ...]:
    return made_of(known[kpi_id]) if kpi_id in known else ()
