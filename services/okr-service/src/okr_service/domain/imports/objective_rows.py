from __future__ import annotations

from decimal import Decimal

from okr_service.domain.imports import decisions
from okr_service.domain.imports.cells import CellRefused
from okr_service.domain.imports.report import Note
from okr_service.domain.imports.rows import ObjectiveRow
from okr_service.domain.imports.showing import shown_result
from okr_service.domain.imports.standing import Draft, Place
from okr_service.domain.imports.statements import new_objective, notes_on_result, revised_objective
from okr_service.domain.imports.work import Work, is_older
from okr_service.domain.objective.decide import AcceptObjective, DraftObjective, decide
from okr_service.domain.objective.state import NoObjective, Objective


def plan_objective(
    row: ObjectiveRow, place: Place, parent: Place | None, above: Objective | None, work: Work
) -> Draft:
    """`parent` is what it contributes to, and `above` that, or the objective of that.

    Raises `CellRefused` and the refusals of objectives and cycles.
    """
    draft = Draft()
    if isinstance(place.state, NoObjective):
        _create(row, place, parent, above, work, draft)
    else:
        _revise(row, place, parent, work, draft)
    if row.result is not None:
        _check_in(row, place, work, row.result, draft)
    if row.score is not None:
        _grade(place, work, row.score, draft)
    return draft


def _create(
    row: ObjectiveRow,
    place: Place,
    parent: Place | None,
    above: Objective | None,
    work: Work,
    draft: Draft,
) -> None:
    command = DraftObjective(
        objective_id=place.node.id,
        cycle=work.cycle,
        definition=new_objective(row, None if above is None else above.facts.definition.level),
        origin="assigned",
        contributes_to=None if parent is None else parent.node,
        external_key=row.key,
    )
    draft.add(place, decide(command, NoObjective()), work.defined_at)
    accept = AcceptObjective(place.node.id, work.cycle)
    draft.add(place, decide(accept, draft.objective(place)), work.accepted_at)
    draft.counted.append(("created", "objectives"))
    if parent is not None:
        draft.rests_on.append(parent)


def _revise(
    row: ObjectiveRow, place: Place, parent: Place | None, work: Work, draft: Draft
) -> None:
    facts = draft.objective(place).facts
    if "parent_id" in work.columns:
        node = None if parent is None else parent.node
        if node != facts.contributes_to:
            reason = "what it contributes to is changed by its links, not by an import"
            raise CellRefused("parent_id", reason)
    after = revised_objective(row, facts.definition, work.columns)
    if after == facts.definition:
        draft.counted.append(("unchanged", "objectives"))
        return
    events = decisions.revise_objective(draft.objective(place), work.cycle, after, work.reason)
    draft.add(place, events, work.changed_at(place))
    draft.counted.append(("updated", "objectives"))


def _check_in(row: ObjectiveRow, place: Place, work: Work, result: str, draft: Draft) -> None:
    objective = draft.objective(place)
    remark = objective.facts.remark
    if shown_result(remark) == result:
        draft.counted.append(("unchanged", "check_ins"))
        return
    if is_older(row.observed_at, remark):
        draft.notes.append(Note("newer-check-in-stands", "a newer check-in stands", row.row))
        draft.counted.append(("unchanged", "check_ins"))
        return
    events = decisions.check_in_on_objective(
        objective,
        work.cycle,
        check_in_id=work.new_id(),
        narrative=result,
        observed_at=row.observed_at,
        at=work.now,
    )
    draft.add(place, events, work.observed_at(row.observed_at))
    draft.counted.append(("created" if remark is None else "updated", "check_ins"))
    draft.notes += notes_on_result(row)


def _grade(place: Place, work: Work, score: Decimal, draft: Draft) -> None:
    objective = draft.objective(place)
    if objective.facts.definition.kind == "learning":
        reason = "a learning objective is graded by what was learned, not by a number"
        raise CellRefused("score", reason)
    known = objective.facts.grade
    if known is not None and known.grade == score:
        draft.counted.append(("unchanged", "grades"))
        return
    events = decisions.grade_objective(objective, work.cycle, score, work.reason)
    draft.add(place, events, work.changed_at(place))
    draft.counted.append(("created" if known is None else "updated", "grades"))
