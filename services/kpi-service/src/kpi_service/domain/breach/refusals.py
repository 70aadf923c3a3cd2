"""The rules that dealing with a breach can break."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kpi_service.domain.kpi.refusals import Refusal


class BreachUnknown(Refusal):
    def __init__(self, breach_id: UUID) -> None:
        super().__init__(f"there is no breach {breach_id}")
        self.breach_id = breach_id


class BreachWithdrawn(Refusal):
    """Late or corrected readings showed that there was no such breach, or that it is another's."""

    def __init__(self, breach_id: UUID, merged_into: UUID | None) -> None:
        instead = "it never was" if merged_into is None else f"it is part of {merged_into}"
        super().__init__(f"readings that came later took the breach {breach_id} back: {instead}")
        self.breach_id = breach_id
        self.merged_into = merged_into


class BreachOver(Refusal):
    """Of what is over nobody needs to be told any more."""

    def __init__(self, breach_id: UUID) -> None:
        super().__init__(f"the breach {breach_id} is over")
        self.breach_id = breach_id


class SilenceEnded(Refusal):
    def __init__(self, until: datetime) -> None:
        super().__init__(f"a silence until {until.isoformat()} would be over already")
        self.until = until


class NothingToAnnotate(Refusal):
    def __init__(self) -> None:
        super().__init__("the annotation names neither a cause nor a corrective action")
