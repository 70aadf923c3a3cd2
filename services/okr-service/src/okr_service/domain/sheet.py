"""An objective and its key results as they stand together, however they were read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from okr_service.domain.cycle.state import Closed as CycleClosed
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.state import KeyResultFacts, Measurement
from okr_service.domain.objective.state import Closed as ObjectiveClosed
from okr_service.domain.objective.state import Objective
from okr_service.domain.status import Standing, combine, stand


@dataclass(frozen=True, slots=True)
class KeyResultSheet:
    facts: KeyResultFacts
    current: Measurement | None
    version: int


@dataclass(frozen=True, slots=True)
class ObjectiveSheet:
    objective: Objective
    version: int
    key_results: tuple[KeyResultSheet, ...]


def key_result_standing(
    sheet: KeyResultSheet, objective: Objective, cycle: Cycle, moment: datetime
) -> Standing:
    measured = None if sheet.current is None else sheet.current.measured
    return stand(cycle.facts.course, measured, moment, closed=is_closed(objective, cycle))


def objective_standing(sheet: ObjectiveSheet, cycle: Cycle, moment: datetime) -> Standing:
    """From the weighted mean of the key results that are measured."""
    measured = combine(
        (part.facts.weight, None if part.current is None else part.current.measured)
        for part in sheet.key_results
    )
    return stand(cycle.facts.course, measured, moment, closed=is_closed(sheet.objective, cycle))


def is_closed(objective: Objective, cycle: Cycle) -> bool:
    return isinstance(objective, ObjectiveClosed) or isinstance(cycle, CycleClosed)
