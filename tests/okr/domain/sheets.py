"""Key results and objectives as they stand, said shortly."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from helmlog_events.contracts.nodes import Node
from helmlog_events.contracts.okr import KeyResultGraded, KeyResultUpdated, ObjectiveDrafted
from okr_service.domain.board import sheet_of
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.sheet import KeyResultSheet, ObjectiveSheet

from tests.okr.domain.examples import (
    CYCLE_ID,
    DAY_45,
    KEY_RESULT_ID,
    OBJECTIVE_ID,
    a_key_result,
    accepted,
    added,
    an_objective,
    drafted,
    proposed,
)


def updated(progress: str, value: str | None = "27", **fields: object) -> KeyResultUpdated:
    known = {
        "key_result_id": KEY_RESULT_ID,
        "objective_id": OBJECTIVE_ID,
        "cycle_id": CYCLE_ID,
        "source": "check_in",
        "value": value,
        "progress": progress,
        "progress_raw": progress,
        "expected_progress": "0.5",
        "status": "on_track",
        "status_rule": "computed",
        "observed_at": DAY_45,
        "cause": "check-in/1",
    }
    return KeyResultUpdated.model_validate({**known, **fields})


def part_graded(grade: str | None, suggested: str | None = None, **fields: object):
    return KeyResultGraded.model_validate(
        {
            "key_result_id": KEY_RESULT_ID,
            "objective_id": OBJECTIVE_ID,
            "cycle_id": CYCLE_ID,
            "grade": grade,
            "suggested": suggested,
            **fields,
        }
    )


def a_part(*events: object, metric: str = "increase", number: int = 3, **fields) -> KeyResultSheet:
    """A key result with these events after it was added; `number` makes its id."""
    key_result = a_key_result(added(metric, key_result_id=UUID(int=number), **fields), *events)
    assert isinstance(key_result, KeyResult)
    return sheet_of(key_result, 1 + len(events))


def measured_part(progress: str, *, number: int = 3, weight: object = 1) -> KeyResultSheet:
    return a_part(updated(progress), number=number, weight=weight)


def graded_part(grade: str, *, number: int = 3, weight: object = 1) -> KeyResultSheet:
    return a_part(part_graded(grade), number=number, weight=weight)


def a_draft(number: int, parent: Node | None = None, **fields: object) -> ObjectiveDrafted:
    changes = {"objective_id": UUID(int=number), "contributes_to": parent, **fields}
    return drafted.model_copy(update=changes)


def an_objective_sheet(
    *parts: KeyResultSheet, number: int = 2, parent: Node | None = None, events=None, **fields
) -> ObjectiveSheet:
    """An active one, unless its events say otherwise."""
    after = (proposed, accepted) if events is None else events
    return ObjectiveSheet(an_objective(a_draft(number, parent, **fields), *after), 1, parts)


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
