"""An objective and its key results, copied into another cycle in one append."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.nodes import Node
from helmlog_events.contracts.okr import DerivedFrom, Descent, KeyResultDefinition
from helmlog_events.envelope import StreamWrite
from helmlog_events.ids import new_id, stream_id

from okr_service.application.closing import (
    Closing,
    DecidedSheet,
    counted,
    decide_whole,
    grade_key_results,
    load_whole,
)
from okr_service.application.decided import Decided, decided
from okr_service.application.key_results import Contributions
from okr_service.application.objectives import existing_objective
from okr_service.application.parents import successor_of
from okr_service.application.streams import Loaded, Streams, narrowed
from okr_service.domain.aggregates import CYCLE, KEY_RESULT, OBJECTIVE
from okr_service.domain.board import sheet_of
from okr_service.domain.copies import Skipped, carry_key_result, clone_key_result
from okr_service.domain.cycle.state import Cycle, NoCycle
from okr_service.domain.key_result.commands import AddKeyResult
from okr_service.domain.key_result.decide import decide as decide_key_result
from okr_service.domain.key_result.state import KeyResult, KeyResultState
from okr_service.domain.objective.closing import CarryOverObjective
from okr_service.domain.objective.decide import AttachKeyResult, DraftObjective, decide
from okr_service.domain.objective.refusals import (
    CarriedIntoItsOwnCycle,
    CopiedIntoUnknownCycle,
    NotItsKeyResult,
)
from okr_service.domain.objective.state import Objective, ObjectiveState
from okr_service.domain.sheet import KeyResultSheet, ObjectiveSheet


@dataclass(frozen=True, slots=True)
class Copying:
    """Where to, under which id, and what is to be different. `title` none: the same."""

    objective_id: UUID
    to_cycle_id: UUID
    title: str | None = None
    with_key_results: bool = True
    targets: Mapping[UUID, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Copied:
    """`origin` is what carrying over left behind; a clone leaves it as it was."""

    sheet: ObjectiveSheet
    cycle: Cycle
    skipped: tuple[Skipped, ...]
    origin: ObjectiveSheet
    writes: tuple[StreamWrite, ...]


async def clone_objective(
    streams: Streams,
    contributions: Contributions,
    tenant: str,
    origin: tuple[Loaded[Objective], Loaded[Cycle]],
    asked: Copying,
    now: datetime,
) -> Copied:
    """The origin stays as it is, whatever its state. Raises `CopiedIntoUnknownCycle`, and the
    refusals of `decide`.
    """
    objective, home = origin
    cycle = await _cycle_to_go_on_in(streams, tenant, asked.to_cycle_id)
    whole = await load_whole(streams, contributions, tenant, objective, home.state, now)
    sheet = whole.sheet
    parts = sheet.key_results if asked.with_key_results else ()
    chosen = [(part, clone_key_result(part)) for part in parts]
    parent, rested = await successor_of(streams, tenant, objective.state.facts, asked.to_cycle_id)
    draft = _draft(asked, cycle.state, sheet, "cloned", parent)
    copied, skipped, writes = _copy(draft, chosen, now)
    guards = (objective.guard, cycle.guard, *(part.guard for part in whole.parts), *rested)
    return Copied(copied, cycle.state, skipped, sheet, _guarded(writes, guards))


async def carry_over_objective(
    streams: Streams,
    contributions: Contributions,
    tenant: str,
    origin: tuple[Loaded[Objective], Loaded[Cycle]],
    asked: Copying,
    closing: Closing,
    now: datetime,
) -> Copied:
    """Closes the origin as carried over, graded, and goes on with what is left of it.

    Raises `CopiedIntoUnknownCycle`, `CarriedIntoItsOwnCycle`, `NotItsKeyResult`, `TargetUnsuited`,
    and the refusals of `decide`.
    """
    objective, home = origin
    facts = objective.state.facts
    if asked.to_cycle_id == facts.cycle_id:
        raise CarriedIntoItsOwnCycle(facts.cycle_id)
    cycle = await _cycle_to_go_on_in(streams, tenant, asked.to_cycle_id)
    left = await _leave(streams, contributions, tenant, objective, home.state, asked, closing, now)
    for key_result_id in asked.targets:
        if key_result_id not in facts.key_result_ids:
            raise NotItsKeyResult(key_result_id)
    chosen = [
        (part, carry_key_result(part, asked.targets.get(part.facts.key_result_id)))
        for part in left.sheet.key_results
    ]
    parent, rested = await successor_of(streams, tenant, facts, asked.to_cycle_id)
    draft = _draft(asked, cycle.state, left.sheet, "carried_over", parent)
    copied, skipped, writes = _copy(draft, chosen, now)
    guards = (home.guard, cycle.guard, *rested)
    written = _guarded((*writes, *left.writes), guards)
    return Copied(copied, cycle.state, skipped, left.sheet, written)


async def _cycle_to_go_on_in(streams: Streams, tenant: str, cycle_id: UUID) -> Loaded[Cycle]:
    loaded = await streams.load(CYCLE, tenant, cycle_id)
    if isinstance(loaded.state, NoCycle):
        raise CopiedIntoUnknownCycle(cycle_id)
    return narrowed(loaded, loaded.state)


async def _leave(
    streams: Streams,
    contributions: Contributions,
    tenant: str,
    objective: Loaded[Objective],
    home: Cycle,
    asked: Copying,
    closing: Closing,
    now: datetime,
) -> DecidedSheet:
    whole = await load_whole(streams, contributions, tenant, objective, home, now)
    parts = grade_key_results(whole, home, closing)
    command = CarryOverObjective(
        objective_id=objective.state.facts.objective_id,
        cycle=home,
        to_cycle_id=asked.to_cycle_id,
        to_objective_id=asked.objective_id,
        verdict=closing.verdict,
        key_results=counted(parts),
        contributed=whole.sheet.contributed,
        late_correction=closing.late_correction,
    )
    return decide_whole(whole, command, parts)


def _draft(
    asked: Copying, cycle: Cycle, origin: ObjectiveSheet, descent: Descent, parent: Node | None
) -> DraftObjective:
    facts = origin.objective.facts
    definition = facts.definition
    if asked.title is not None:
        definition = definition.model_copy(update={"title": asked.title})
    derived_from = DerivedFrom(descent=descent, id=facts.objective_id, cycle_id=facts.cycle_id)
    return DraftObjective(
        objective_id=asked.objective_id,
        cycle=cycle,
        definition=definition,
        origin=facts.origin,
        contributes_to=parent,
        derived_from=derived_from,
    )


def _copy(
    draft: DraftObjective,
    chosen: Sequence[tuple[KeyResultSheet, KeyResultDefinition | Skipped]],
    now: datetime,
) -> tuple[ObjectiveSheet, tuple[Skipped, ...], tuple[StreamWrite, ...]]:
    """A draft with its key results, each linked to the one it was copied from."""
    at = draft.cycle.facts.course.defined_at(now)
    blank: Loaded[ObjectiveState] = Loaded(
        stream_id(OBJECTIVE.category, draft.objective_id), OBJECTIVE.initial
    )
    events = decide(draft, blank.state)
    parts: list[Decided[KeyResultState]] = []
    for part, definition in chosen:
        if isinstance(definition, Skipped):
            continue
        objective = existing_objective(decided(OBJECTIVE, blank, events, at))
        command = AddKeyResult(
            key_result_id=new_id(),
            objective=objective,
            cycle=draft.cycle,
            definition=definition,
            derived_from=part.facts.key_result_id,
        )
        stream = stream_id(KEY_RESULT.category, command.key_result_id)
        added = decide_key_result(command, KEY_RESULT.initial)
        parts.append(decided(KEY_RESULT, Loaded(stream, KEY_RESULT.initial), added, at))
        attach = AttachKeyResult(draft.objective_id, draft.cycle, command.key_result_id)
        events += decide(attach, objective)
    result = decided(OBJECTIVE, blank, events, at)
    sheets = tuple(
        sheet_of(part.state, part.version) for part in parts if isinstance(part.state, KeyResult)
    )
    skipped = tuple(kept for _, kept in chosen if isinstance(kept, Skipped))
    writes = (*result.writes, *(write for part in parts for write in part.writes))
    return ObjectiveSheet(existing_objective(result), result.version, sheets), skipped, writes


def _guarded(
    writes: Sequence[StreamWrite], guards: Sequence[StreamWrite]
) -> tuple[StreamWrite, ...]:
    """Each stream once: what is written to is guarded by that."""
    by_stream = {write.stream: write for write in (*guards, *writes)}
    return tuple(by_stream.values())
