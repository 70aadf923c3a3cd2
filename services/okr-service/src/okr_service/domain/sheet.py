"""An objective and its key results as they stand together, however they were read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from okr_service.domain.arithmetic import rounded
from okr_service.domain.cycle.state import Closed as CycleClosed
from okr_service.domain.cycle.state import Cycle
from okr_service.domain.key_result.expectation import expected_progress
from okr_service.domain.key_result.measurement import Measurement
from okr_service.domain.key_result.parts import Basis
from okr_service.domain.key_result.state import KeyResultFacts
from okr_service.domain.objective.state import Closed as ObjectiveClosed
from okr_service.domain.objective.state import Objective
from okr_service.domain.remark import Grade, Remark
from okr_service.domain.status import Measured, Standing, combine, stand, weighted_mean


@dataclass(frozen=True, slots=True)
class KeyResultSheet:
    """`guarded`: a guardrail is in breach. `cancelled` is the reason. `reminded_of` is the last
    instant a check-in was said to be due. `basis` is what a relative target was resolved on.
    """

    facts: KeyResultFacts
    current: Measurement | None
    remark: Remark | None
    version: int
    guarded: bool = False
    grade: Grade | None = None
    cancelled: str | None = None
    reminded_of: datetime | None = None
    basis: Basis | None = None

    @property
    def measured(self) -> Measured | None:
        if self.current is None:
            return None
        return Measured(self.current.progress, self.current.observed_at).remarked(self.remark)


@dataclass(frozen=True, slots=True)
class ObjectiveSheet:
    """`contributed` is what its contributing children come to, for one without key results."""

    objective: Objective
    version: int
    key_results: tuple[KeyResultSheet, ...]
    contributed: Measured | None = None

    @property
    def counted(self) -> tuple[KeyResultSheet, ...]:
        """Its key results without those cancelled."""
        return tuple(part for part in self.key_results if part.cancelled is None)


def key_result_standing(
    sheet: KeyResultSheet, objective: Objective, cycle: Cycle, moment: datetime
) -> Standing:
    return stand(
        cycle.facts,
        sheet.measured,
        moment,
        closed=is_closed(objective, cycle) or sheet.cancelled is not None,
        expected=expected_progress(sheet.facts.definition, cycle.facts.course, moment),
        cadence_days=objective.facts.definition.cadence_days,
        guarded=sheet.guarded,
    )


def objective_standing(sheet: ObjectiveSheet, cycle: Cycle, moment: datetime) -> Standing:
    """From the weighted mean of the key results that are measured, or of contributing children."""
    facts = sheet.objective.facts
    measured = measure_objective(sheet)
    return stand(
        cycle.facts,
        None if measured is None else measured.remarked(facts.remark),
        moment,
        closed=is_closed(sheet.objective, cycle),
        expected=_expected(sheet, cycle, moment),
        cadence_days=facts.definition.cadence_days,
    )


def measure_objective(sheet: ObjectiveSheet) -> Measured | None:
    if not sheet.counted:
        return sheet.contributed
    return combine((part.facts.definition.weight, part.measured) for part in sheet.counted)


def _expected(sheet: ObjectiveSheet, cycle: Cycle, moment: datetime) -> Decimal | None:
    """The same mean of what is expected, so that the gap is the mean of the gaps."""
    course = cycle.facts.course
    measured = [part.facts.definition for part in sheet.counted if part.measured is not None]
    if not measured:
        return None
    return rounded(
        weighted_mean(
            (definition.weight, expected_progress(definition, course, moment))
            for definition in measured
        )
    )


def is_closed(objective: Objective, cycle: Cycle) -> bool:
    return isinstance(objective, ObjectiveClosed) or isinstance(cycle, CycleClosed)
