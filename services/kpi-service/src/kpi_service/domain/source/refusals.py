"""The rules a source can break, one class a rule, with the facts."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from kpi_service.domain.kpi.refusals import Refusal


class SourceUnknown(Refusal):
    def __init__(self, source_id: UUID) -> None:
        super().__init__(f"there is no source {source_id}")
        self.source_id = source_id


class SourceAlreadyRegistered(Refusal):
    def __init__(self, source_id: UUID) -> None:
        super().__init__(f"the source {source_id} is registered already")
        self.source_id = source_id


class SourceNameTaken(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(f"the name {name!r} belongs to another source, now or before")
        self.name = name


class SourceNameKept(Refusal):
    def __init__(self, name: str, meaning: str) -> None:
        super().__init__(f"{name!r} can't be a source's name: it stands for {meaning}")
        self.name = name


class SourceIsRevoked(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(f"the source {name!r} is revoked, for good")
        self.name = name


class SourceKPIUnknown(Refusal):
    """`field` names a KPI that is not defined."""

    def __init__(self, field: str, kpi: str) -> None:
        super().__init__(f"{field}: there is no KPI {kpi!r}")
        self.field = field
        self.kpi = kpi


class MappingWithoutLabels(Refusal):
    """It would take every series there is."""

    def __init__(self, place: int) -> None:
        super().__init__(f"series/{place}: a mapping names at least one label")
        self.place = place


class MappingRepeated(Refusal):
    """Only the first of the two would ever count."""

    def __init__(self, place: int, first: int) -> None:
        super().__init__(f"series/{place}: its labels are those of series/{first}")
        self.place = place


class MappingNotAllowed(Refusal):
    """What it takes would be rejected, reading by reading."""

    def __init__(self, place: int, kpi_id: UUID) -> None:
        super().__init__(f"series/{place}: {kpi_id} is not among the KPIs the source may send")
        self.place = place


class OverlapTooLong(Refusal):
    def __init__(self, longest: timedelta) -> None:
        super().__init__(f"overlap: the key before is accepted for up to {longest.days} days")
