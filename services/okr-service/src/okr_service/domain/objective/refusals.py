from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from okr_service.domain.refusals import Refusal


class UnknownObjective(Refusal):
    def __init__(self, objective_id: UUID) -> None:
        super().__init__(objective_id)


class ObjectiveNotProposed(Refusal):
    """Only what was proposed is accepted or declined; what was assigned needs no proposal."""

    def __init__(self, objective_id: UUID) -> None:
        super().__init__(objective_id)


class ObjectiveAlreadyActive(Refusal):
    """An accepted objective is neither proposed again nor declined any more."""

    def __init__(self, objective_id: UUID) -> None:
        super().__init__(objective_id)


class ObjectiveNotYetActive(Refusal):
    """What was never accepted can be cancelled, not graded, achieved, missed or carried over."""

    def __init__(self, objective_id: UUID) -> None:
        super().__init__(objective_id)


class ObjectiveWasDeclined(Refusal):
    """A declined objective takes no key results or check-ins until it is proposed again."""

    def __init__(self, objective_id: UUID) -> None:
        super().__init__(objective_id)


class ObjectiveIsClosed(Refusal):
    def __init__(self, objective_id: UUID) -> None:
        super().__init__(objective_id)


class PlannedInUnknownCycle(Refusal):
    """An objective is drafted into a cycle, and there is none of this id."""

    def __init__(self, cycle_id: UUID) -> None:
        super().__init__(cycle_id)


class UnknownParent(Refusal):
    """An objective contributes to an objective or key result that exists."""

    def __init__(self, kind: str, node_id: UUID) -> None:
        super().__init__(kind, node_id)


class CheckInSaysNothing(Refusal):
    """A check-in on an objective has words, a confidence or a status."""

    def __init__(self, objective_id: UUID) -> None:
        super().__init__(objective_id)


class NotItsKeyResult(Refusal):
    """With an objective its own key results are graded, those cancelled left out."""

    def __init__(self, key_result_id: UUID) -> None:
        super().__init__(key_result_id)


class KeyResultsUngraded(Refusal):
    """An objective is not achieved while one of its key results was neither measured nor graded."""

    def __init__(self, key_result_ids: Sequence[UUID]) -> None:
        super().__init__(tuple(key_result_ids))


class OutcomeContradictsGrade(Refusal):
    """An outcome other than the grade says needs a reason."""

    def __init__(self, outcome: str, grade: Decimal | None) -> None:
        super().__init__(outcome, grade)


class CancelledWithoutReason(Refusal):
    def __init__(self, objective_id: UUID) -> None:
        super().__init__(objective_id)


class CancelledHasNoGrade(Refusal):
    """What was cancelled is not graded."""

    def __init__(self, objective_id: UUID) -> None:
        super().__init__(objective_id)


class ObjectiveAlreadyCarriedOver(Refusal):
    def __init__(self, objective_id: UUID) -> None:
        super().__init__(objective_id)


class CopiedIntoUnknownCycle(Refusal):
    """An objective is carried or cloned into a cycle, and there is none of this id."""

    def __init__(self, cycle_id: UUID) -> None:
        super().__init__(cycle_id)


class CarriedIntoItsOwnCycle(Refusal):
    """What is carried over goes on in another cycle."""

    def __init__(self, cycle_id: UUID) -> None:
        super().__init__(cycle_id)


class TargetUnsuited(Refusal):
    """Only an increase or a decrease that is carried over takes another target."""

    def __init__(self, key_result_id: UUID) -> None:
        super().__init__(key_result_id)
