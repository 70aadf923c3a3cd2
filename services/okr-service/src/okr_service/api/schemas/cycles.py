from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from helmlog_events.contracts.okr import CycleKind, CycleSettings, FiscalPeriod, Transitions
from helmlog_events.values import Instant, Number
from helmlog_web.schemas import RequestModel, ResponseModel
from helmlog_web.text import Reason, Slug, Title
from pydantic import Field, StrictInt, model_validator

from okr_service.api.schemas.advice import AdviceResponse
from okr_service.domain.cycle.schedule import scheduled
from okr_service.domain.cycle.state import Cycle, CycleStateName, state_name

_DEFAULTS = CycleSettings()


class SettingsModel(RequestModel):
    """How the cycle is run and judged; what is left out is as it is for a cycle that says nothing.

    Gaps are shares of 1 that progress may stay behind what is expected.
    """

    cadence_days: StrictInt = Field(_DEFAULTS.cadence_days, description="1 to 366.")
    grace_days: StrictInt = Field(_DEFAULTS.grace_days, description="0 to 60.")
    on_track_gap: Number = Field(_DEFAULTS.on_track_gap, description="0 to `behind_gap`.")
    behind_gap: Number = Field(_DEFAULTS.behind_gap, description="0 to 1.")
    transitions: Transitions = Field(
        _DEFAULTS.transitions, description="Whether steps are taken by hand or by the clock."
    )
    review_days: StrictInt = Field(_DEFAULTS.review_days, description="0 to 180.")
    activates_at: Instant | None = Field(None, description="The first moment, if left out.")
    reviews_at: Instant | None = Field(None, description="The end, if left out.")
    closes_at: Instant | None = Field(None, description="`review_days` after the end, if left out.")

    def settings(self) -> CycleSettings:
        return CycleSettings(**{name: getattr(self, name) for name in CycleSettings.model_fields})


class FiscalPeriodModel(RequestModel):
    calendar: Slug
    year: StrictInt = Field(ge=1900, le=2999)
    quarter: StrictInt | None = Field(
        default=None, ge=1, le=4, description="The whole year, if left out."
    )

    def period(self) -> FiscalPeriod:
        return FiscalPeriod(calendar=self.calendar, year=self.year, quarter=self.quarter)


class CycleRequest(RequestModel):
    """With `name`, `kind` and dates; or with `fiscal`, which says them: another name may do."""

    name: Title | None = None
    kind: CycleKind | None = None
    starts_on: date | None = None
    ends_on: date | None = Field(default=None, description="Inclusive, in the cycle's timezone.")
    fiscal: FiscalPeriodModel | None = None
    timezone: str = Field(default="UTC", max_length=64, description="An IANA name.")
    parent_id: UUID | None = Field(default=None, description="The cycle it lies in.")
    settings: SettingsModel = SettingsModel()

    @model_validator(mode="after")
    def _dated_once(self) -> Self:
        if self.fiscal is not None:
            given = [name for name in ("kind", "starts_on", "ends_on") if getattr(self, name)]
            if given:
                raise ValueError(f"the fiscal period says {', '.join(given)}")
            return self
        missing = [
            name for name in ("name", "kind", "starts_on", "ends_on") if not getattr(self, name)
        ]
        if missing:
            raise ValueError(f"missing without a fiscal period: {', '.join(missing)}")
        return self

    @property
    def dates(self) -> tuple[date, date] | None:
        if self.starts_on is None or self.ends_on is None:
            return None
        return self.starts_on, self.ends_on


class ReviseCycleRequest(RequestModel):
    """What is left out stays as it is; `parent_id` null takes the cycle out of its parent."""

    name: Title | None = None
    kind: CycleKind | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    timezone: str | None = Field(default=None, max_length=64)
    parent_id: UUID | None = None
    reason: Reason

    def changes(self) -> dict[str, Any]:
        """Fields of `CyclePlan`."""
        asked = self.model_dump(exclude={"reason"}, exclude_unset=True)
        return {
            name: value for name, value in asked.items() if value is not None or name == "parent_id"
        }


class ChangeSettingsRequest(RequestModel):
    """The whole settings: what is left out of them goes back to its default."""

    settings: SettingsModel
    reason: Reason


class ReopenRequest(RequestModel):
    reason: Reason


class SettingsResponse(ResponseModel):
    cadence_days: int
    grace_days: int
    on_track_gap: Number
    behind_gap: Number
    transitions: Transitions
    review_days: int
    activates_at: Instant | None
    reviews_at: Instant | None
    closes_at: Instant | None


class SettingsVersionResponse(ResponseModel):
    settings: SettingsResponse
    holds_since: Instant
    recorded_at: Instant
    actor: str
    reason: str | None = Field(description="None for those it was opened with.")
    version: int = Field(description="Of the cycle.")


class FiscalPeriodResponse(ResponseModel):
    calendar: str
    year: int
    quarter: int | None


class PlannedResponse(ResponseModel):
    """When the steps are planned, whoever takes them."""

    activates_at: Instant
    reviews_at: Instant
    closes_at: Instant


class CycleResponse(ResponseModel):
    id: UUID
    name: str
    kind: CycleKind
    state: CycleStateName
    starts_on: date
    ends_on: date
    timezone: str
    parent_id: UUID | None
    child_ids: list[UUID]
    fiscal: FiscalPeriodResponse | None = Field(description="What its dates were cut from.")
    settings: SettingsResponse
    planned: PlannedResponse
    activated_at: Instant | None = Field(description="The actual moment; so for each step.")
    review_started_at: Instant | None
    closed_at: Instant | None
    reopened: bool = Field(description="Whether it was ever closed and reopened.")
    days_left: int = Field(description="Today included; all of them before the start.")
    elapsed: Number = Field(description="The share of the cycle that has passed, 0..1.")
    version: int


class ClosedCycleResponse(CycleResponse):
    warnings: list[AdviceResponse] = Field(description="Each objective that is still open.")


def settings_response(settings: CycleSettings) -> SettingsResponse:
    return SettingsResponse(
        **{name: getattr(settings, name) for name in CycleSettings.model_fields}
    )


def cycle_response(cycle: Cycle, version: int, moment: datetime) -> CycleResponse:
    return CycleResponse(**cycle_fields(cycle, version, moment))


def cycle_fields(cycle: Cycle, version: int, moment: datetime) -> dict[str, Any]:
    facts = cycle.facts
    course, fiscal = facts.course, facts.fiscal
    planned = scheduled(course, facts.settings)
    return {
        "id": facts.cycle_id,
        "name": facts.name,
        "kind": facts.kind,
        "state": state_name(cycle),
        "starts_on": course.starts_on,
        "ends_on": course.ends_on,
        "timezone": course.timezone,
        "parent_id": facts.parent_id,
        "child_ids": [*facts.child_ids],
        "fiscal": None
        if fiscal is None
        else FiscalPeriodResponse(
            calendar=fiscal.calendar, year=fiscal.year, quarter=fiscal.quarter
        ),
        "settings": settings_response(facts.settings),
        "planned": PlannedResponse(
            activates_at=planned.activates_at,
            reviews_at=planned.reviews_at,
            closes_at=planned.closes_at,
        ),
        "activated_at": facts.activated_at,
        "review_started_at": facts.review_started_at,
        "closed_at": facts.closed_at,
        "reopened": facts.reopened,
        "days_left": course.days_left(moment),
        "elapsed": course.elapsed(moment),
        "version": version,
    }
