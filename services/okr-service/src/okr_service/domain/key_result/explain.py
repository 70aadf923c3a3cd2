"""Why a key result shows what it shows."""

from __future__ import annotations

from datetime import datetime

from helmlog_events.envelope import RecordedEvent

from okr_service.domain.cycle.state import Cycle
from okr_service.domain.explanation import Explained, chosen, shown
from okr_service.domain.key_result.evidence import Evidence, told_by
from okr_service.domain.key_result.explain_progress import explain_expected, explain_progress
from okr_service.domain.key_result.explain_status import Judged, explain_status
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.objective.state import Objective
from okr_service.domain.sheet import KeyResultSheet, key_result_standing


def explain(
    key_result: KeyResult,
    sheet: KeyResultSheet,
    objective: Objective,
    cycle: Cycle,
    moment: datetime,
    evidence: Evidence,
) -> list[Explained]:
    """Every value it shows at `moment`."""
    standing = key_result_standing(sheet, objective, cycle, moment)
    definition = chosen(evidence.key_result, "definition")
    course = chosen(evidence.cycle, "course")
    return [
        _value(key_result, evidence),
        explain_progress(key_result, evidence),
        explain_expected(key_result, cycle, moment, standing, (*course, *definition)),
        explain_status(key_result, sheet, Judged(objective, cycle, moment, standing), evidence),
        _confidence(key_result, chosen(evidence.key_result, "remark")),
        _grade(key_result, chosen(evidence.key_result, "grade")),
    ]


def _value(key_result: KeyResult, evidence: Evidence) -> Explained:
    current = key_result.current
    if current is None:
        return Explained("value", None, "not_measured")
    records, causes = told_by(evidence)
    return Explained(
        "value",
        current.value,
        current.source,
        inputs={"observed_at": shown(current.observed_at), "cause": current.cause},
        records=records,
        causes=causes,
    )


def _confidence(key_result: KeyResult, records: tuple[RecordedEvent, ...]) -> Explained:
    remark = key_result.remark
    if remark is None:
        return Explained("confidence", None, "not_said")
    inputs = {"observed_at": shown(remark.observed_at)}
    return Explained("confidence", remark.confidence, "check_in", None, inputs, records)


def _grade(key_result: KeyResult, records: tuple[RecordedEvent, ...]) -> Explained:
    grade = key_result.grade
    if grade is None:
        current = key_result.current
        suggested = None if current is None else current.progress
        return Explained("grade", None, "not_graded", inputs={"suggested": suggested})
    if grade.grade is None:
        return Explained(
            "grade", None, "learned", inputs={"learned": grade.learned}, records=records
        )
    rule = "suggested" if grade.reason is None else "given"
    inputs = {"suggested": grade.suggested, "reason": grade.reason}
    return Explained("grade", grade.grade, rule, None, inputs, records)
