from __future__ import annotations

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
    """What was never accepted can be cancelled, not achieved or missed."""

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
