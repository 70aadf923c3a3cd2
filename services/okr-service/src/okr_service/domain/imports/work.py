"""What every row of an import is planned with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from okr_service.domain.cycle.state import Cycle
from okr_service.domain.imports.standing import Place
from okr_service.domain.remark import Remark


@dataclass(frozen=True, slots=True)
class Work:
    """`columns` are those the file has; `new_id` makes ids of check-ins."""

    cycle: Cycle
    now: datetime
    import_id: UUID
    columns: frozenset[str]
    new_id: Callable[[], UUID]

    @property
    def reason(self) -> str:
        return f"import {self.import_id}"

    @property
    def defined_at(self) -> datetime:
        return self.cycle.facts.course.defined_at(self.now)

    @property
    def accepted_at(self) -> datetime:
        return self.cycle.facts.course.begun_at(self.now)

    def changed_at(self, place: Place) -> datetime:
        """A revision or a grade is not true before what it follows, nor after the cycle's end."""
        at = self.cycle.facts.course.ended_at(self.now)
        return at if place.last_at is None else max(at, place.last_at)

    def observed_at(self, stated: datetime | None) -> datetime:
        return self.cycle.facts.course.clock(self.now) if stated is None else stated


def is_older(stated: datetime | None, remark: Remark | None) -> bool:
    """Whether a row tells of a moment before the newest check-in, which then stands."""
    return stated is not None and remark is not None and stated < remark.observed_at
