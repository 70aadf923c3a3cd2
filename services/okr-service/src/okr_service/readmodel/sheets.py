"""From rows back to the domain's own types, and the pieces of SQL that find the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Label, exists, func, select
from sqlalchemy.sql.selectable import LateralFromClause

from okr_service.domain.course import Course
from okr_service.domain.cut import Cut
from okr_service.domain.cycle import state as cycle_state
from okr_service.domain.key_result.measures import MeasureTerms, Step
from okr_service.domain.key_result.state import KeyResultFacts, Measurement
from okr_service.domain.objective import state as objective_state
from okr_service.domain.sheet import KeyResultSheet, ObjectiveSheet
from okr_service.readmodel import tables


@dataclass(frozen=True, slots=True)
class CycleSheet:
    cycle: cycle_state.Cycle
    version: int


@dataclass(frozen=True, slots=True)
class ListedObjective:
    sheet: ObjectiveSheet
    cycle: cycle_state.Cycle


def within(table: FromClause, cut: Cut | None) -> list[ColumnElement[bool]]:
    """The facts of `table` that `cut` lets count."""
    conditions: list[ColumnElement[bool]] = []
    if cut is not None and cut.valid_at is not None:
        conditions.append(table.c.occurred_at <= cut.valid_at)
    if cut is not None and cut.up_to_seq is not None:
        conditions.append(table.c.seq <= cut.up_to_seq)
    return conditions


def prefixed(prefix: str, table: FromClause) -> list[Label[Any]]:
    return [column.label(prefix + column.name) for column in table.c]


def latest_cycle_step() -> LateralFromClause:
    steps = tables.cycle_steps
    again = steps.alias()
    reopened = exists().where(
        again.c.tenant == steps.c.tenant,
        again.c.cycle_id == steps.c.cycle_id,
        again.c.reopened,
    )
    return (
        select(steps.c.state, steps.c.version, reopened.label("ever_reopened"))
        .where(
            steps.c.tenant == tables.cycles.c.tenant,
            steps.c.cycle_id == tables.cycles.c.cycle_id,
        )
        .order_by(steps.c.version.desc())
        .limit(1)
        .lateral("cycle_step")
    )


def latest_objective_step(cut: Cut | None) -> LateralFromClause:
    """The last step that set a state, and the version the objective stood at."""
    steps = tables.objective_steps
    mine = (
        steps.c.tenant == tables.objectives.c.tenant,
        steps.c.objective_id == tables.objectives.c.objective_id,
        *within(steps, cut),
    )
    version = select(func.max(steps.c.version)).where(*mine)
    return (
        select(
            steps.c.state,
            steps.c.outcome,
            steps.c.reason,
            steps.c.grade,
            version.correlate(tables.objectives).scalar_subquery().label("version"),
        )
        .where(*mine, steps.c.state.is_not(None))
        .order_by(steps.c.version.desc())
        .limit(1)
        .lateral("objective_step")
    )


def latest_update(cut: Cut | None) -> LateralFromClause:
    """The newest measurement by the time it was true; of two for one moment the one told last."""
    updates = tables.key_result_updates
    mine = (
        updates.c.tenant == tables.key_results.c.tenant,
        updates.c.key_result_id == tables.key_results.c.key_result_id,
        *within(updates, cut),
    )
    version = select(func.max(updates.c.version)).where(*mine)
    return (
        select(
            updates.c.source,
            updates.c.value,
            updates.c.done,
            updates.c.progress,
            updates.c.progress_raw,
            updates.c.confidence,
            updates.c.override,
            updates.c.occurred_at,
            version.correlate(tables.key_results).scalar_subquery().label("version"),
        )
        .where(*mine)
        .order_by(updates.c.occurred_at.desc(), updates.c.version.desc())
        .limit(1)
        .lateral("latest_update")
    )


def cycle_sheet(row: Any) -> CycleSheet:
    cycle = _cycle(
        cycle_state.CycleFacts(
            cycle_id=row.cycle_id,
            name=row.name,
            kind=row.kind,
            course=Course(row.starts_on, row.ends_on, row.timezone),
            reopened=row.ever_reopened,
        ),
        row.state,
    )
    return CycleSheet(cycle, row.version)


def objective_sheet(row: Any, key_results: Sequence[KeyResultSheet]) -> ObjectiveSheet:
    ids = tuple(part.facts.key_result_id for part in key_results)
    return ObjectiveSheet(_objective(row, ids), row.version, tuple(key_results))


def listed_objective(row: Any, key_results: Sequence[KeyResultSheet]) -> ListedObjective:
    cycle = _cycle(
        cycle_state.CycleFacts(
            cycle_id=row.cycle_id,
            name=row.cycle_name,
            kind=row.cycle_kind,
            course=Course(row.cycle_starts_on, row.cycle_ends_on, row.cycle_timezone),
            reopened=row.cycle_step_ever_reopened,
        ),
        row.cycle_step_state,
    )
    return ListedObjective(objective_sheet(row, key_results), cycle)


def key_result_sheet(row: Any) -> KeyResultSheet:
    facts = KeyResultFacts(
        key_result_id=row.key_result_id,
        objective_id=row.objective_id,
        cycle_id=row.cycle_id,
        title=row.title,
        terms=MeasureTerms(
            metric=row.metric,
            baseline=row.baseline,
            target=row.target,
            lower=row.lower,
            upper=row.upper,
            milestones=tuple(
                Step(step["name"], Decimal(step["weight"])) for step in row.milestones
            ),
        ),
        unit=row.unit,
        rate=row.rate,
        weight=row.weight,
        kpi_id=row.kpi_id,
        owner=row.owner,
    )
    if row.update_version is None:
        return KeyResultSheet(facts, None, 1)
    current = Measurement(
        source=row.update_source,
        value=row.update_value,
        done=tuple(row.update_done),
        progress=row.update_progress,
        progress_raw=row.update_progress_raw,
        confidence=row.update_confidence,
        override=row.update_override,
        observed_at=row.update_occurred_at,
    )
    return KeyResultSheet(facts, current, row.update_version)


def _cycle(facts: cycle_state.CycleFacts, state: str) -> cycle_state.Cycle:
    match state:
        case "planning":
            return cycle_state.Planning(facts)
        case "active":
            return cycle_state.Active(facts)
        case "review":
            return cycle_state.InReview(facts)
        case "closed":
            return cycle_state.Closed(facts)
    raise ValueError(f"a cycle in state {state}")


def _objective(row: Any, key_result_ids: tuple[UUID, ...]) -> objective_state.Objective:
    facts = objective_state.ObjectiveFacts(
        objective_id=row.objective_id,
        cycle_id=row.cycle_id,
        title=row.title,
        why=row.why,
        kind=row.kind,
        level=row.level,
        origin=row.origin,
        team=row.team,
        owner=row.owner,
        key_result_ids=key_result_ids,
    )
    match row.state:
        case "draft":
            return objective_state.Draft(facts)
        case "proposed":
            return objective_state.Proposed(facts)
        case "active":
            return objective_state.Active(facts)
        case "declined":
            return objective_state.Declined(facts, row.reason)
        case "closed":
            return objective_state.Closed(facts, row.outcome, row.grade, row.reason)
    raise ValueError(f"an objective in state {row.state}")
