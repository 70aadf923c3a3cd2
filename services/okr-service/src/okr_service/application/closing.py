"""The end of an objective: its grade and those of its key results, in one append."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from helmlog_events.contracts.okr import KeyResultGraded
from helmlog_events.envelope import StreamWrite
from helmlog_events.ids import stream_key

from okr_service.application.decided import Decided, decided
from okr_service.application.key_results import Contributions, with_contributed
from okr_service.application.objectives import existing_objective
from okr_service.application.streams import Loaded, Streams
from okr_service.domain.aggregates import KEY_RESULT, OBJECTIVE
from okr_service.domain.board import sheet_of
from okr_service.domain.cut import Cut
from okr_service.domain.cycle.guards import mark_work
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.state import KeyResult, KeyResultState
from okr_service.domain.objective.closing import CloseObjective, ClosingOutcome
from okr_service.domain.objective.decide import ObjectiveCommand, decide
from okr_service.domain.objective.grading import (
    AS_SUGGESTED,
    GradeObjective,
    PartGrade,
    Verdict,
    grade_parts,
)
from okr_service.domain.objective.state import Closed, Objective
from okr_service.domain.sheet import KeyResultSheet, ObjectiveSheet
from okr_service.domain.status import Measured


@dataclass(frozen=True, slots=True)
class Closing:
    """What is asked for at the end; `outcome` none: as the grade says."""

    outcome: ClosingOutcome | None = None
    verdict: Verdict = AS_SUGGESTED
    key_result_grades: Mapping[UUID, PartGrade] = field(default_factory=dict)
    late_correction: bool = False


@dataclass(frozen=True, slots=True)
class DecidedSheet:
    """An objective with its key results as a command leaves them, and the writes to make it so.

    `stood_at` is the version of the objective that the decision rests on.
    """

    sheet: ObjectiveSheet
    stood_at: int
    writes: tuple[StreamWrite, ...]


@dataclass(frozen=True, slots=True)
class WholeObjective:
    """All that an end rests on; `at` is since when it holds."""

    objective: Loaded[Objective]
    sheet: ObjectiveSheet
    parts: tuple[Loaded[KeyResultState], ...]
    at: datetime


async def grade_objective(
    streams: Streams,
    contributions: Contributions,
    tenant: str,
    objective: Loaded[Objective],
    cycle: Cycle,
    asked: Closing,
    now: datetime,
) -> DecidedSheet:
    """Raises the refusals of `decide`."""
    whole = await load_whole(streams, contributions, tenant, objective, cycle, now)
    command = GradeObjective(
        objective_id=objective.state.facts.objective_id,
        cycle=cycle,
        verdict=asked.verdict,
        key_results=whole.sheet.counted,
        contributed=whole.sheet.contributed,
        late_correction=asked.late_correction,
    )
    return decide_whole(whole, command, as_they_are(whole.parts))


async def close_objective(
    streams: Streams,
    contributions: Contributions,
    tenant: str,
    objective: Loaded[Objective],
    cycle: Cycle,
    asked: Closing,
    now: datetime,
) -> DecidedSheet:
    """Grades each ungraded key result that was measured, too. Raises the refusals of `decide`."""
    whole = await load_whole(streams, contributions, tenant, objective, cycle, now)
    ended = isinstance(objective.state, Closed) and not asked.late_correction
    if ended or asked.outcome == "cancelled":
        parts = as_they_are(whole.parts)
    else:
        parts = grade_key_results(whole, cycle, asked)
    command = CloseObjective(
        objective_id=objective.state.facts.objective_id,
        cycle=cycle,
        outcome=asked.outcome,
        verdict=asked.verdict,
        key_results=counted(parts),
        contributed=whole.sheet.contributed,
        late_correction=asked.late_correction,
    )
    return decide_whole(whole, command, parts)


async def load_whole(
    streams: Streams,
    contributions: Contributions,
    tenant: str,
    objective: Loaded[Objective],
    cycle: Cycle,
    now: datetime,
) -> WholeObjective:
    """The present; an end is true at the latest since the cycle's, not before what it follows."""
    # What is decided on and what is guarded are to be the same: one load for both. What children
    # contribute is not guarded: a suggestion rests on it, which the event keeps.
    parts = await asyncio.gather(
        *(
            streams.load(KEY_RESULT, tenant, key)
            for key in sorted(objective.state.facts.key_result_ids)
        )
    )
    followed = [objective.last_at, *(part.last_at for part in parts)]
    at = max(cycle.facts.course.ended_at(now), *(last for last in followed if last is not None))
    own = _sheet(objective.state, objective.version, as_they_are(parts), None)
    sheet = await with_contributed(contributions, tenant, own, Cut(now))
    return WholeObjective(objective, sheet, tuple(parts), at)


def grade_key_results(
    whole: WholeObjective, cycle: Cycle, asked: Closing
) -> tuple[Decided[KeyResultState], ...]:
    """Raises the refusals of `grade_parts`."""
    events = grade_parts(
        whole.sheet.counted,
        asked.key_result_grades,
        whole.objective.state.facts.objective_id,
        mark_work(cycle, late_correction=asked.late_correction),
        learning=whole.objective.state.facts.definition.kind == "learning",
    )
    graded: dict[str, list[KeyResultGraded]] = defaultdict(list)
    for event in events:
        graded[str(event.key_result_id)].append(event)
    return tuple(decided(KEY_RESULT, part, graded[_key(part)], whole.at) for part in whole.parts)


def as_they_are(
    parts: Sequence[Loaded[KeyResultState]],
) -> tuple[Decided[KeyResultState], ...]:
    return tuple(Decided(part.state, part.version, part.version, ()) for part in parts)


def counted(parts: Sequence[Decided[KeyResultState]]) -> tuple[KeyResultSheet, ...]:
    """Those not cancelled, as they will stand."""
    return tuple(
        sheet_of(part.state, part.version)
        for part in parts
        if isinstance(part.state, KeyResult) and part.state.cancelled is None
    )


def decide_whole(
    whole: WholeObjective,
    command: ObjectiveCommand,
    parts: Sequence[Decided[KeyResultState]],
) -> DecidedSheet:
    """Every key result is written to or guarded. Raises the refusals of `decide`."""
    before = whole.objective
    result = decided(OBJECTIVE, before, decide(command, before.state), whole.at)
    told = [
        write
        for part, after in zip(whole.parts, parts, strict=True)
        for write in (after.writes or (part.guard,))
    ]
    sheet = _sheet(existing_objective(result), result.version, parts, whole.sheet.contributed)
    return DecidedSheet(sheet, result.stood_at, (*result.writes, *told))


def _sheet(
    objective: Objective,
    version: int,
    parts: Sequence[Decided[KeyResultState]],
    contributed: Measured | None,
) -> ObjectiveSheet:
    key_results = tuple(
        sheet_of(part.state, part.version) for part in parts if isinstance(part.state, KeyResult)
    )
    return ObjectiveSheet(objective, version, key_results, contributed)


def _key(part: Loaded[KeyResultState]) -> str:
    return stream_key(part.stream)
