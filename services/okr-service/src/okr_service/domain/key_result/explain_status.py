"""By which rule a key result stands as it does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from helmlog_events.contracts.okr import CheckInRecorded

from okr_service.domain.arithmetic import subtract
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.explanation import Explained, Value, chosen, difference, shown
from okr_service.domain.key_result.evidence import Evidence, told_by
from okr_service.domain.key_result.state import KeyResult
from okr_service.domain.objective.state import Objective
from okr_service.domain.sheet import KeyResultSheet
from okr_service.domain.status import Standing, patience


@dataclass(frozen=True, slots=True)
class Judged:
    """What a key result stands under, and how it stands there at `moment`."""

    objective: Objective
    cycle: Cycle
    moment: datetime
    standing: Standing


def explain_status(
    key_result: KeyResult, sheet: KeyResultSheet, judged: Judged, evidence: Evidence
) -> Explained:
    given, cycle, standing = evidence.key_result, judged.cycle, judged.standing
    settings, measured = cycle.facts.settings, sheet.measured
    told, _ = told_by(evidence)
    formula: str | None = None
    inputs: dict[str, Value] = {}
    match standing.status_rule:
        case "closed":
            records = chosen(given, "cancelled") or chosen(evidence.cycle, "state")
        case "outdated" if measured is not None:
            borne = patience(settings, judged.objective.facts.definition.cadence_days).days
            heard, now = shown(measured.heard_at), shown(cycle.facts.course.clock(judged.moment))
            formula = f"{heard} + {borne} days < {now}"
            inputs = {"heard_at": heard, "patience_days": borne}
            records = (*chosen(evidence.cycle, "settings"), *chosen(given, "remark"), *told)
        case "guardrail":
            inputs = {str(kpi): breach.severity for kpi, breach in key_result.breaches.items()}
            records = chosen(given, "breaches")
        case "override":
            records = chosen(given, "remark")
            if records and isinstance(remarked := records[0].event, CheckInRecorded):
                inputs = {"reason": remarked.status_reason}
        case "computed" if measured is not None:
            gap = subtract(standing.expected_progress, measured.progress)
            formula = f"{difference(standing.expected_progress, measured.progress)} = {shown(gap)}"
            inputs = {
                "gap": gap,
                "on_track_gap": settings.on_track_gap,
                "behind_gap": settings.behind_gap,
            }
            records = (*chosen(evidence.cycle, "settings"), *told)
        case _:
            records = chosen(given, "definition")
    return Explained("status", standing.status, standing.status_rule, formula, inputs, records)
