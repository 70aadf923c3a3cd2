"""The rules a KPI's definition can break, one class a rule, with the facts."""

from __future__ import annotations

from uuid import UUID

from helmlog_events.contracts.kpi import ThresholdRule

from kpi_service.domain.durations import DurationUnreadable


class Refusal(Exception):
    """A rule of the domain says no; the message is for the client."""


class KPIUnknown(Refusal):
    def __init__(self, key: UUID | str) -> None:
        super().__init__(f"there is no KPI {key}")
        self.key = key


class AlreadyDefined(Refusal):
    def __init__(self, kpi_id: UUID) -> None:
        super().__init__(f"the KPI {kpi_id} is defined already")
        self.kpi_id = kpi_id


class SlugTaken(Refusal):
    def __init__(self, slug: str) -> None:
        super().__init__(f"the slug {slug!r} belongs to another KPI")
        self.slug = slug


class SlugUnusable(Refusal):
    def __init__(self, slug: str) -> None:
        super().__init__(
            f"{slug!r} can't be a slug: lower-case letters, digits and '-', beginning"
            " with a letter or digit, at most 63, and nothing that reads as an id"
        )
        self.slug = slug


class TimezoneUnknown(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is not a timezone of the IANA database")
        self.name = name


class DurationRefused(Refusal):
    """`field` holds no usable ISO 8601 duration."""

    def __init__(self, field: str, error: DurationUnreadable) -> None:
        super().__init__(f"{field}: {error}")
        self.field = field
        self.text = error.text


class NothingToRevise(Refusal):
    def __init__(self) -> None:
        super().__init__("the revision names no field")


class RecoveryInsideBreach(Refusal):
    """A recovery bound on the bad side of the bound would end what is still bad."""

    def __init__(self, place: int, rule: ThresholdRule) -> None:
        side = "at or above" if rule.when == "below" else "at or below"
        super().__init__(f"rules/{place}: recover {rule.recover} must lie {side} {rule.value}")
        self.place = place


class RuleRepeated(Refusal):
    def __init__(self, place: int, rule: ThresholdRule) -> None:
        super().__init__(f"rules/{place}: there is a {rule.severity} rule for {rule.when} already")
        self.place = place


class RulesOverlap(Refusal):
    """Every value there is would be a breach."""

    def __init__(self, floor: str, ceiling: str) -> None:
        super().__init__(f"no value is good: below {floor} and above {ceiling} are both bad")
