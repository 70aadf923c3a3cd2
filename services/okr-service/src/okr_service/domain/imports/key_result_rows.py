from __future__ import annotations

from decimal import Decimal

from okr_service.domain.imports import decisions
from okr_service.domain.imports.cells import CellRefused
from okr_service.domain.imports.report import Note
from okr_service.domain.imports.rows import KeyResultRow
from okr_service.domain.imports.showing import shown_result
from okr_service.domain.imports.standing import Draft, Place
from okr_service.domain.imports.statements import (
    is_share_done,
    new_key_result,
    notes_on_result,
    read_value,
    revised_key_result,
)
from okr_service.domain.imports.work import Work, is_older
from okr_service.domain.key_result.commands import AddKeyResult, CheckIn
from okr_service.domain.key_result.decide import decide
from okr_service.domain.key_result.state import KeyResult, NoKeyResult
from okr_service.domain.objective.decide import AttachKeyResult
from okr_service.domain.objective.decide import decide as decide_objective


def plan_key_result(row: KeyResultRow, place: Place, objective: Place, work: Work) -> Draft:
    """Raises `CellRefused` and the refusals of key results, objectives and cycles."""
    draft = Draft()
    draft.rests_on.append(objective)
    if isinstance(place.state, NoKeyResult):
        _create(row, place, objective, work, draft)
    else:
        _revise(row, place, objective, work, draft)
    _check_in(row, place, objective, work, draft)
    if row.score is not None:
        _grade(place, objective, work, row.score, draft)
    return draft


def _create(row: KeyResultRow, place: Place, objective: Place, work: Work, draft: Draft) -> None:
    if row.terms is not None and row.terms.metric == "milestone":
        reason = "milestones do not fit into a row; such a key result is added by hand"
        raise CellRefused("metric", reason)
    command = AddKeyResult(
        key_result_id=place.node.id,
        objective=draft.objective(objective),
        cycle=work.cycle,
        definition=new_key_result(row),
        external_key=row.key,
    )
    draft.add(place, decide(command, NoKeyResult()), work.defined_at)
    attach = AttachKeyResult(objective.node.id, work.cycle, place.node.id)
    told = decide_objective(attach, draft.objective(objective))
    draft.add(objective, told, work.defined_at)
    draft.counted.append(("created", "key_results"))


def _revise(row: KeyResultRow, place: Place, objective: Place, work: Work, draft: Draft) -> None:
    key_result = draft.key_result(place)
    if key_result.facts.objective_id != objective.node.id:
        reason = "a key result is moved to another objective by hand, not by an import"
        raise CellRefused("parent_id", reason)
    known = key_result.facts.definition
    after = revised_key_result(row, known, work.columns)
    if after == known:
        draft.counted.append(("unchanged", "key_results"))
        return
    events = decisions.revise_key_result(
        key_result,
        draft.objective(objective),
        work.cycle,
        after,
        work.reason,
        at=work.now,
        version=place.version + len(place.planned) + 1,
    )
    draft.add(place, events, work.changed_at(place))
    draft.counted.append(("updated", "key_results"))


def _check_in(row: KeyResultRow, place: Place, objective: Place, work: Work, draft: Draft) -> None:
    key_result = draft.key_result(place)
    if not _states_progress(row, key_result):
        return
    if not _says_something_new(row, key_result):
        draft.counted.append(("unchanged", "check_ins"))
        return
    if is_older(row.observed_at, key_result.remark):
        draft.notes.append(Note("newer-check-in-stands", "a newer check-in stands", row.row))
        draft.counted.append(("unchanged", "check_ins"))
        return
    reading = read_value(row, key_result.facts.definition)
    command = CheckIn(
        check_in_id=work.new_id(),
        key_result_id=place.node.id,
        objective=draft.objective(objective),
        cycle=work.cycle,
        at=work.now,
        value=reading.value,
        confidence=row.confidence,
        narrative=row.result,
        observed_at=row.observed_at,
    )
    events = decide(command, key_result)
    draft.add(place, events, work.observed_at(row.observed_at))
    draft.counted.append(("created" if key_result.remark is None else "updated", "check_ins"))
    draft.notes += [*reading.notes, *notes_on_result(row)]


def _states_progress(row: KeyResultRow, key_result: KeyResult) -> bool:
    scored = row.score is not None and is_share_done(key_result.facts.definition)
    return scored or any(stated is not None for stated in (row.result, row.value, row.confidence))


def _says_something_new(row: KeyResultRow, key_result: KeyResult) -> bool:
    remark, current, grade = key_result.remark, key_result.current, key_result.grade
    definition = key_result.facts.definition
    if row.result is not None and row.result != shown_result(remark, grade, current, definition):
        return True
    if row.value is not None and (current is None or current.value != row.value):
        return True
    if row.confidence is not None and (remark is None or remark.confidence != row.confidence):
        return True
    scored = row.score is not None and is_share_done(definition)
    return scored and (grade is None or grade.grade != row.score)


def _grade(place: Place, objective: Place, work: Work, score: Decimal, draft: Draft) -> None:
    key_result = draft.key_result(place)
    known = key_result.grade
    if known is not None and known.grade == score:
        draft.counted.append(("unchanged", "grades"))
        return
    events = decisions.grade_key_result(
        key_result, draft.objective(objective), work.cycle, score, work.reason
    )
    draft.add(place, events, work.changed_at(place))
    draft.counted.append(("created" if known is None else "updated", "grades"))
