from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self
from uuid import UUID

from helmlog_events.contracts.okr import ObjectiveOutcome
from helmlog_events.values import Number
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Reason, Title
from pydantic import Field, model_validator

from okr_service.api.schemas.objectives import ObjectiveResponse
from okr_service.application.closing import Closing
from okr_service.domain.copies import Skipped
from okr_service.domain.objective.closing import ClosingOutcome
from okr_service.domain.objective.grading import PartGrade, Verdict
from okr_service.domain.objective.outcome import final_grade
from okr_service.domain.objective.state import Closed, ObjectiveStateName, state_name
from okr_service.domain.sheet import ObjectiveSheet

_LATE = "Needed, and only taken, once the cycle is closed."

Late = Annotated[bool, Field(description=_LATE)]


class GradeObjectiveRequest(RequestModel):
    grade: Number | None = Field(
        default=None, description="0 to 1; as its key results suggest, if left out."
    )
    reason: Reason | None = Field(
        default=None, description="Needed where the grade is not the suggested one."
    )
    learned: Reason | None = Field(
        default=None, description="What was learned: a learning objective is graded by that."
    )
    late_correction: Late = False

    def verdict(self) -> Verdict:
        return Verdict(self.grade, self.reason, self.learned)

    def closing(self) -> Closing:
        return Closing(verdict=self.verdict(), late_correction=self.late_correction)


class KeyResultGradeModel(RequestModel):
    id: UUID
    grade: Number
    reason: Reason | None = None


class _EndRequest(GradeObjectiveRequest):
    key_result_grades: tuple[KeyResultGradeModel, ...] = Field(
        default=(), max_length=100, description="Those not left to their suggestion."
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(self.part_grades()) < len(self.key_result_grades):
            raise ValueError("a key result is graded once")
        return self

    def part_grades(self) -> dict[UUID, PartGrade]:
        return {part.id: PartGrade(part.grade, part.reason) for part in self.key_result_grades}


class CloseObjectiveRequest(_EndRequest):
    outcome: ClosingOutcome | None = Field(
        default=None, description="As the grade says, if left out; cancelled needs a reason."
    )

    def closing(self) -> Closing:
        return Closing(self.outcome, self.verdict(), self.part_grades(), self.late_correction)


class TargetModel(RequestModel):
    key_result_id: UUID
    target: Number


class CarryOverRequest(_EndRequest):
    """Grade, reason and what was learned are those of the objective left behind."""

    to_cycle_id: UUID
    title: Title | None = Field(default=None, description="The same, if left out.")
    targets: tuple[TargetModel, ...] = Field(
        default=(), max_length=100, description="Other targets; one that is reached goes on by it."
    )

    @model_validator(mode="after")
    def _each_target_once(self) -> Self:
        if len({target.key_result_id for target in self.targets}) < len(self.targets):
            raise ValueError("a key result has one target")
        return self

    def closing(self) -> Closing:
        return Closing(None, self.verdict(), self.part_grades(), self.late_correction)


class CloneRequest(RequestModel):
    to_cycle_id: UUID
    title: Title | None = Field(default=None, description="The same, if left out.")
    with_key_results: bool = True


class OriginResponse(ResponseModel):
    """What the copy was made from, as it stands now."""

    id: UUID
    cycle_id: UUID
    state: ObjectiveStateName
    outcome: ObjectiveOutcome | None
    grade: Number | None
    version: int


class SkippedResponse(ResponseModel):
    key_result_id: UUID
    title: str
    reason: str = Field(description="`cancelled`, or `reached`: nothing of it is left to do.")


class CopiedObjectiveResponse(ObjectiveResponse):
    copied_from: OriginResponse
    skipped: list[SkippedResponse] = Field(description="Key results that were not copied.")


def origin_response(sheet: ObjectiveSheet) -> OriginResponse:
    objective = sheet.objective
    return OriginResponse(
        id=objective.facts.objective_id,
        cycle_id=objective.facts.cycle_id,
        state=state_name(objective),
        outcome=objective.outcome if isinstance(objective, Closed) else None,
        grade=final_grade(objective),
        version=sheet.version,
    )


def skipped_responses(skipped: Sequence[Skipped]) -> list[SkippedResponse]:
    return [
        SkippedResponse(key_result_id=one.key_result_id, title=one.title, reason=one.reason)
        for one in skipped
    ]
