from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from okr_service.domain.refusals import Refusal


class UnknownInitiative(Refusal):
    def __init__(self, initiative_id: UUID) -> None:
        super().__init__(initiative_id)


class InitiativeIsOver(Refusal):
    """What was finished or cancelled is resumed before anything else is done with it."""

    def __init__(self, initiative_id: UUID) -> None:
        super().__init__(initiative_id)


class EffortNotPositive(Refusal):
    """Work that is planned takes some effort; leave it out where nobody has estimated it."""

    def __init__(self, effort: Decimal) -> None:
        super().__init__(effort)


class EffortSpentNegative(Refusal):
    def __init__(self, effort: Decimal) -> None:
        super().__init__(effort)


class InitiativeDueOutsideCycle(Refusal):
    """Work meant to move a key result is due while that still can be moved."""

    def __init__(self, due_on: date) -> None:
        super().__init__(due_on)


class PlannedForCancelledKeyResult(Refusal):
    """No work goes into what is no longer pursued."""

    def __init__(self, key_result_id: UUID) -> None:
        super().__init__(key_result_id)
